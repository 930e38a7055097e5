/** @file The workload `cnn`: Flax's MNIST tutorial model, with random numbers that the caller gives. */
import { avgPool, BatchNorm, Conv, Dropout, Linear, Module, relu, type Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { ForwardOptions } from "./workload.ts";

/** [n, 28, 28, 1] → [n, 10] unnormalised log-probabilities. */
export class CNN extends Module {
  readonly conv1: Conv;
  readonly norm1: BatchNorm;
  readonly dropout1 = new Dropout(0.025);
  readonly conv2: Conv;
  readonly norm2: BatchNorm;
  readonly linear1: Linear;
  readonly dropout2 = new Dropout(0.025);
  readonly linear2: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.conv1 = new Conv(1, 32, [3, 3], { rngs });
    this.norm1 = new BatchNorm(32, { rngs });
    this.conv2 = new Conv(32, 64, [3, 3], { rngs });
    this.norm2 = new BatchNorm(64, { rngs });
    this.linear1 = new Linear(3136, 256, { rngs });
    this.linear2 = new Linear(256, 10, { rngs });
  }

  forward(images: tf.Tensor, { rngs }: ForwardOptions = {}): tf.Tensor {
    const h1 = halved(relu(this.norm1.forward(this.dropout1.forward(this.conv1.forward(images), { rngs }))));
    const h2 = halved(relu(this.norm2.forward(this.conv2.forward(h1))));
    const flat = tf.reshape(h2, [-1, this.linear1.inFeatures]);
    return this.linear2.forward(relu(this.dropout2.forward(this.linear1.forward(flat), { rngs })));
  }
}

function halved(x: tf.Tensor): tf.Tensor {
  return avgPool(x, [2, 2], { strides: [2, 2] });
}
