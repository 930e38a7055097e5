/** @file Gradients per example of a convolution, an attention and a recurrence, and steps of DP-SGD, are those of Flax. */
import {
  Conv,
  gelu,
  GroupNorm,
  LayerNorm,
  Linear,
  LSTMCell,
  makeCausalMask,
  mapState,
  maxPool,
  Module,
  MultiHeadAttention,
  Param,
  RMSNorm,
  Rngs,
  scan,
  type State,
  valueAndGrad,
  Variable,
  vmap,
} from "@nnx-js/nn";
import { Optimizer, sgd } from "@nnx-js/optim";
import { fromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { casesOf, expectArrays, expectLosses, expectMade, figures, WAYS } from "./ways.ts";

abstract class Classifier extends Module {
  /** Logits of one example: [3]. */
  abstract forward(x: tf.Tensor): tf.Tensor;
}

class Conved extends Classifier {
  readonly conv: Conv;
  readonly norm: GroupNorm;
  readonly narrow: Conv;
  readonly head: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.conv = new Conv(2, 4, [3, 3], { rngs });
    this.norm = new GroupNorm(4, { numGroups: 2, rngs });
    this.narrow = new Conv(4, 4, [2, 2], { strides: [2, 2], featureGroupCount: 2, rngs });
    this.head = new Linear(4, 3, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const wide = gelu(this.norm.forward(this.conv.forward(tf.expandDims(x, 0))));
    const y = this.narrow.forward(maxPool(wide, [2, 2], { strides: [1, 1] }));
    return tf.reshape(this.head.forward(tf.mean(tf.tanh(y), [1, 2])), [3]);
  }
}

class Attending extends Classifier {
  readonly norm: LayerNorm;
  readonly attention: MultiHeadAttention;
  readonly last: RMSNorm;
  readonly head: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.norm = new LayerNorm(4, { rngs });
    this.attention = new MultiHeadAttention(2, 4, { decode: false, rngs });
    this.last = new RMSNorm(4, { rngs });
    this.head = new Linear(4, 3, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const normed = this.norm.forward(x);
    const mask = makeCausalMask(tf.ones([x.shape[0]]));
    const y = tf.add(x, this.attention.forward(normed, normed, normed, { mask }));
    return this.head.forward(tf.mean(this.last.forward(y), 0));
  }
}

class Recurrent extends Classifier {
  readonly cell: LSTMCell;
  readonly head: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.cell = new LSTMCell(3, 4, { rngs });
    this.head = new Linear(4, 3, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    type Carry = [tf.Tensor, tf.Tensor];
    const step = (carry: Carry, x: tf.Tensor) => this.cell.forward(carry, x);
    const [[, h], ys] = scan(step, [tf.zeros([4]), tf.zeros([4])] as Carry, x);
    return this.head.forward(tf.add(h, tf.mean(ys, 0)));
  }
}

const MODELS = { convolution: Conved, attention: Attending, recurrence: Recurrent };
const [CLIP, NOISE] = [0.4, 0.3];

const nll = (m: Classifier, x: tf.Tensor, y: tf.Tensor): tf.Tensor =>
  tf.neg(tf.gather(tf.logSoftmax(m.forward(x)), y));
const every = vmap(valueAndGrad(nll), { inAxes: [null, 0, 0] });

/** The norm of the gradient of each example: `[examples]`. */
function normsOf(grads: State<Variable>, examples: number): tf.Tensor {
  const squares = grads.entries.map(([, { value }]) =>
    tf.sum(tf.square(tf.reshape(value, [examples, -1])), 1),
  );
  return tf.sqrt(tf.addN(squares));
}

/** One step: losses and gradients of the examples, and the norms of these. */
function step(
  model: Classifier,
  optimizer: Optimizer<Classifier>,
  rngs: Rngs,
  x: tf.Tensor,
  y: tf.Tensor,
): [losses: tf.Tensor, grads: State<Variable>, norms: tf.Tensor] {
  const examples = x.shape[0];
  const [losses, grads] = every(model, x, y);
  const norms = normsOf(grads, examples);
  const weights = tf.div(tf.minimum(tf.div(CLIP, norms), 1), examples);
  const noisy = mapState((_path, { value }) => {
    const shape = value.shape.slice(1);
    const mean = tf.reshape(tf.dot(weights, tf.reshape(value, [examples, -1])), shape);
    const noise = tf.mul(rngs.stream("noise").normal(shape), (NOISE * CLIP) / examples);
    return new Variable(tf.add(mean, noise));
  }, grads);
  optimizer.update(model, noisy);
  return [losses, grads, norms];
}

describe.each(WAYS)("%s", (_, wrap) => {
  test.each(casesOf(figures.private, "recurrence"))("$name", async (figure) => {
    const model = new MODELS[figure.name as keyof typeof MODELS]({ rngs: new Rngs(3) });
    await expectMade(model, figure.before);
    const optimizer = new Optimizer(model, sgd(0.3, { momentum: 0.9 }), { wrt: Param });
    const [rngs, run] = [new Rngs({ noise: 7 }), wrap(step)];
    const given = [fromGolden(figure.input), fromGolden(figure.labels)] as const;
    const steps = Array.from({ length: 3 }, () => run(model, optimizer, rngs, ...given));
    const [, grads, norms] = steps[0]!;
    await expectArrays(grads, figure.grads);
    await expect(norms).toBeAllClose(figure.norms);
    await expectLosses(
      steps.map(([losses]) => losses),
      figure.losses,
    );
    await expectArrays(model, figure.after);
  });
});
