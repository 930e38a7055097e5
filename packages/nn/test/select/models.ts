/** @file Models for the tests of selections. */
import { BatchNorm, Dropout, Linear, Module, Rngs, Sequential } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Two blocks of Linear, BatchNorm and Dropout, then a head. */
export class Net extends Module {
  readonly backbone: Sequential<[Linear, BatchNorm, Dropout, Linear]>;
  readonly head: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.backbone = new Sequential(
      new Linear(2, 3, { rngs }),
      new BatchNorm(3, { rngs }),
      new Dropout(0.5, { rngs }),
      new Linear(3, 3, { rngs }),
    );
    this.head = new Linear(3, 1, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.head.forward(this.backbone.forward(x));
  }
}

export const makeNet = () => new Net({ rngs: new Rngs(0) });

/** A module around another, which it multiplies by a number. */
export class Scaled extends Module {
  readonly inner: Linear;
  readonly factor: number;

  constructor(inner: Linear, factor = 2) {
    super();
    this.inner = inner;
    this.factor = factor;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.mul(this.inner.forward(x), this.factor);
  }
}
