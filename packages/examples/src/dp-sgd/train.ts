/** @file Training with differential privacy: no single picture moves the weights by more than a bound, and noise hides it. */
import { jit } from "@nnx-js/jit";
import { grad, Linear, mapState, Module, Param, relu, Rngs, Variable, vmap } from "@nnx-js/nn";
import { Optimizer, sgd } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { trainingBatches } from "../digits/batches.ts";
import { evaluate } from "../digits/evaluate.ts";
import { crossEntropy } from "../digits/loss.ts";
import { CLASSES, type DigitsSplit, PIXELS } from "../digits/split.ts";
import { clippedMean } from "./clip.ts";

/** Tells digits apart, without statistics of batches: those would let pictures know of each other. */
export class PrivateClassifier extends Module {
  readonly hidden: Linear;
  readonly head: Linear;

  constructor({ width = 64, rngs }: { width?: number; rngs: Rngs }) {
    super();
    this.hidden = new Linear(PIXELS, width, { rngs });
    this.head = new Linear(width, CLASSES, { rngs });
  }

  forward(images: tf.Tensor): tf.Tensor {
    return this.head.forward(relu(this.hidden.forward(images)));
  }
}

/** How private, and how long. */
export interface PrivateOptions {
  readonly epochs: number;
  readonly seed: number;
  /** The largest norm of the gradient of one picture; 1 unless given. */
  readonly clip?: number | undefined;
  /** Standard deviation of the noise, in units of `clip`; 0.6 unless given. */
  readonly noise?: number | undefined;
  readonly batchSize?: number | undefined;
}

/** The gradient of the loss for each picture of a batch. */
const perPicture = vmap(
  grad((model: PrivateClassifier, image: tf.Tensor, label: tf.Tensor) =>
    crossEntropy(model.forward(tf.expandDims(image, 0)), tf.expandDims<tf.Tensor1D>(label, 0)),
  ),
  { inAxes: [null, 0, 0] },
);

/** One step of DP-SGD. @see Abadi et al., 2016, https://arxiv.org/abs/1607.00133 */
export function privateStep(
  model: PrivateClassifier,
  optimizer: Optimizer<PrivateClassifier>,
  rngs: Rngs,
  { images, labels }: { images: tf.Tensor; labels: tf.Tensor },
  { clip, noise }: { clip: number; noise: number },
): void {
  const mean = clippedMean(perPicture(model, images, labels), clip);
  const scale = (clip * noise) / images.shape[0];
  const noisy = mapState(
    (_path, { value }) => new Variable(tf.add(value, tf.mul(rngs.normal(value.shape), scale))),
    mean,
  );
  optimizer.update(model, noisy);
}

/** Trains; the accuracies on the test part, before and after each epoch. */
export async function trainPrivately(
  model: PrivateClassifier,
  { train, test }: DigitsSplit,
  { epochs, seed, clip = 1, noise = 0.6, batchSize = 256 }: PrivateOptions,
): Promise<number[]> {
  using rngs = new Rngs(seed);
  using optimizer = new Optimizer(model, sgd(0.5, { momentum: 0.9 }), { wrt: Param });
  using step = jit(privateStep);
  const accuracies = [(await evaluate(model, test)).accuracy];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const batch of trainingBatches(train, { batchSize, rngs, epochs: 1 })) {
      step(model, optimizer, rngs, batch, { clip, noise });
      tf.dispose(batch);
    }
    accuracies.push((await evaluate(model, test)).accuracy);
  }
  return accuracies;
}
