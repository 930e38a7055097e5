/** @file The network that tells two moons apart. */
import { BatchNorm, Dropout, Linear, Module, relu, type Rngs } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** A dense layer, normalised, with dropout. */
class Hidden extends Module {
  readonly linear: Linear;
  readonly norm: BatchNorm;
  readonly dropout: Dropout;

  constructor(inFeatures: number, features: number, dropoutRate: number, { rngs }: { rngs: Rngs }) {
    super();
    // The normalisation that follows has a bias of its own.
    this.linear = new Linear(inFeatures, features, { useBias: false, rngs });
    this.norm = new BatchNorm(features, { momentum: 0.9, rngs });
    this.dropout = new Dropout(dropoutRate, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.dropout.forward(relu(this.norm.forward(this.linear.forward(x))));
  }
}

/** [n, 2] → [n, 1]: the logit of the second moon. */
export class MoonNetwork extends Module {
  readonly first: Hidden;
  readonly second: Hidden;
  readonly head: Linear;

  constructor(features: number, dropoutRate: number, { rngs }: { rngs: Rngs }) {
    super();
    this.first = new Hidden(2, features, dropoutRate, { rngs });
    this.second = new Hidden(features, features, dropoutRate, { rngs });
    this.head = new Linear(features, 1, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.head.forward(this.second.forward(this.first.forward(x)));
  }
}
