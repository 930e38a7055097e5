/** @file The models that the figures of `transforms.json` were made with. */
import { BatchNorm, Dropout, Linear, Module, type Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Linear, BatchNorm, Dropout, tanh; residual. */
export class Block extends Module {
  static override readonly name: string = "Block";
  readonly linear: Linear;
  readonly bn: BatchNorm;
  readonly dropout: Dropout;

  constructor(width: number, rate: number, { rngs, axisName }: { rngs: Rngs; axisName?: string }) {
    super();
    this.linear = new Linear(width, width, { rngs });
    this.bn = new BatchNorm(width, { momentum: 0.9, axisName, rngs });
    this.dropout = new Dropout(rate, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.add(x, tf.tanh(this.dropout.forward(this.bn.forward(this.linear.forward(x)))));
  }
}

/** Two layers. */
export class MLP extends Module {
  readonly lin1: Linear;
  readonly lin2: Linear;

  constructor(inputs: number, hidden: number, outputs: number, { rngs }: { rngs: Rngs }) {
    super();
    this.lin1 = new Linear(inputs, hidden, { rngs });
    this.lin2 = new Linear(hidden, outputs, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.lin2.forward(tf.tanh(this.lin1.forward(x)));
  }
}
