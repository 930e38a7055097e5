/** @file The guide's training step in plain TensorFlow.js, without any module, optimiser or layer. */
import * as tf from "@tensorflow/tfjs-core";
import type { PerceptronContender, Weights } from "./contender.ts";

const MOMENTUM = 0.99;
const EPSILON = 1e-5;

/** Everything by `tf.*` operations on `tf.Variable`s, as someone would write it who knows TensorFlow.js well. */
export function handWritten(
  initial: Weights,
  dropoutRate: number,
  learningRate: number,
): PerceptronContender {
  const kernel1 = copyOf(initial.kernel1);
  const bias1 = copyOf(initial.bias1);
  const scale = copyOf(initial.scale);
  const offset = copyOf(initial.offset);
  const kernel2 = copyOf(initial.kernel2);
  const bias2 = copyOf(initial.bias2);
  const mean = copyOf(initial.mean);
  const variance = copyOf(initial.variance);
  const params = [kernel1, bias1, scale, offset, kernel2, bias2];
  const adam = new Adam(params, learningRate);

  const normalize = (h: tf.Tensor) => {
    const batchMean = tf.mean(h, 0);
    const batchVariance = tf.sub(tf.mean(tf.square(h), 0), tf.square(batchMean));
    move(mean, batchMean);
    move(variance, batchVariance);
    const factor = tf.mul(tf.rsqrt(tf.add(batchVariance, EPSILON)), scale);
    return tf.add(tf.mul(tf.sub(h, batchMean), factor), offset);
  };

  const loss = (x: tf.Tensor, y: tf.Tensor): tf.Scalar => {
    const h = normalize(tf.add(tf.matMul(x, kernel1), bias1));
    const prediction = tf.add(tf.matMul(tf.relu(tf.dropout(h, dropoutRate)), kernel2), bias2);
    return tf.mean(tf.square(tf.sub(prediction, y)));
  };

  return {
    name: "hand-written tfjs-core",
    step(x, y) {
      tf.tidy(() => {
        const { grads } = tf.variableGrads(() => loss(x, y), params);
        adam.update(params.map(({ name }) => grads[name]!));
      });
    },
    finish: () => kernel1.data(),
    weights: () => ({ kernel1, bias1, scale, offset, kernel2, bias2, mean, variance }),
    dispose() {
      adam.dispose();
      tf.dispose([...params, mean, variance]);
    },
  };
}

function copyOf(value: tf.Tensor): tf.Variable {
  return tf.variable(value.clone());
}

/** Moves a running statistic towards that of the batch. */
function move(running: tf.Variable, batch: tf.Tensor): void {
  running.assign(tf.add(tf.mul(running, MOMENTUM), tf.mul(batch, 1 - MOMENTUM)));
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const ADAM_EPSILON = 1e-8;

/**
 * Adam by operations. Bias correction is folded into two numbers a step, and numbers that never change are
 * tensors that are made once.
 */
class Adam {
  private step = 0;
  private readonly learningRate: number;
  private readonly slots: { param: tf.Variable; m: tf.Variable; v: tf.Variable }[];
  private readonly beta1 = tf.scalar(BETA1);
  private readonly rest1 = tf.scalar(1 - BETA1);
  private readonly beta2 = tf.scalar(BETA2);
  private readonly rest2 = tf.scalar(1 - BETA2);

  constructor(params: readonly tf.Variable[], learningRate: number) {
    this.learningRate = learningRate;
    this.slots = params.map((param) => ({ param, m: zerosFor(param), v: zerosFor(param) }));
  }

  /** @param grads one for each parameter, in their order */
  update(grads: readonly tf.Tensor[]): void {
    this.step++;
    const correction = Math.sqrt(1 - BETA2 ** this.step);
    const rate = tf.scalar((this.learningRate * correction) / (1 - BETA1 ** this.step));
    const epsilon = tf.scalar(ADAM_EPSILON * correction);
    for (const [i, { param, m, v }] of this.slots.entries()) {
      const grad = grads[i]!;
      m.assign(tf.add(tf.mul(m, this.beta1), tf.mul(grad, this.rest1)));
      v.assign(tf.add(tf.mul(v, this.beta2), tf.mul(tf.square(grad), this.rest2)));
      param.assign(tf.sub(param, tf.mul(rate, tf.div(m, tf.add(tf.sqrt(v), epsilon)))));
    }
  }

  dispose(): void {
    tf.dispose([this.beta1, this.rest1, this.beta2, this.rest2]);
    for (const { m, v } of this.slots) tf.dispose([m, v]);
  }
}

function zerosFor(param: tf.Variable): tf.Variable {
  return tf.variable(tf.zerosLike(param), false);
}
