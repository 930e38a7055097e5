/** @file The guide's model: two linear layers with batch normalisation and dropout in between. */
import { BatchNorm, Dropout, Linear, Module, relu, type Rngs } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** [n, inDim] → [n, outDim]. */
export class MyModel extends Module {
  readonly lin1: Linear;
  readonly do: Dropout;
  readonly bn: BatchNorm;
  readonly lin2: Linear;

  constructor(
    inDim: number,
    hiddenDim: number,
    outDim: number,
    dropoutRate: number,
    { rngs }: { rngs: Rngs },
  ) {
    super();
    this.lin1 = new Linear(inDim, hiddenDim, { rngs });
    this.do = new Dropout(dropoutRate);
    this.bn = new BatchNorm(hiddenDim, { rngs });
    this.lin2 = new Linear(hiddenDim, outDim, { rngs });
  }

  forward(x: tf.Tensor, { rngs }: { rngs?: Rngs } = {}): tf.Tensor {
    return this.lin2.forward(relu(this.do.forward(this.bn.forward(this.lin1.forward(x)), { rngs })));
  }
}
