/** @file The convolutional network of Flax's MNIST tutorial. */
import { avgPool, BatchNorm, Conv, Dropout, Linear, Module, relu, type Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { CLASSES, SIDE } from "../digits/split.ts";

/** Sizes and weights of a {@link CNN}. */
export interface CNNOptions {
  /** Features of both convolutions, 32 and 64 unless given. */
  features?: readonly [number, number] | undefined;
  /** Features of the dense layer between the convolutions and the answer, 256 unless given. */
  width?: number | undefined;
  /** Share of the features that training leaves out, 0.025 unless given. */
  dropoutRate?: number | undefined;
  /** Gives the weights, and the dropout masks later. */
  rngs: Rngs;
}

/**
 * Tells digits apart: [n, 784] → [n, 10] unnormalised log-probabilities.
 *
 * @see https://flax.readthedocs.io/en/latest/mnist_tutorial.html
 */
export class CNN extends Module {
  readonly conv1: Conv;
  readonly batchNorm1: BatchNorm;
  readonly dropout1: Dropout;
  readonly conv2: Conv;
  readonly batchNorm2: BatchNorm;
  readonly linear1: Linear;
  readonly dropout2: Dropout;
  readonly linear2: Linear;

  constructor({ features = [32, 64], width = 256, dropoutRate = 0.025, rngs }: CNNOptions) {
    super();
    const [first, second] = features;
    this.conv1 = new Conv(1, first, [3, 3], { rngs });
    this.batchNorm1 = new BatchNorm(first, { rngs });
    this.dropout1 = new Dropout(dropoutRate, { rngs });
    this.conv2 = new Conv(first, second, [3, 3], { rngs });
    this.batchNorm2 = new BatchNorm(second, { rngs });
    // Each pooling halves both sides of the picture.
    this.linear1 = new Linear((SIDE / 4) ** 2 * second, width, { rngs });
    this.dropout2 = new Dropout(dropoutRate, { rngs });
    this.linear2 = new Linear(width, CLASSES, { rngs });
  }

  forward(images: tf.Tensor): tf.Tensor {
    const pictures = tf.reshape(images, [-1, SIDE, SIDE, 1]);
    const h1 = halved(relu(this.batchNorm1.forward(this.dropout1.forward(this.conv1.forward(pictures)))));
    const h2 = halved(relu(this.batchNorm2.forward(this.conv2.forward(h1))));
    const flat = tf.reshape(h2, [-1, this.linear1.inFeatures]);
    return this.linear2.forward(relu(this.dropout2.forward(this.linear1.forward(flat))));
  }
}

/** The mean of every four neighbours: [n, 2 h, 2 w, features] → [n, h, w, features]. */
function halved(x: tf.Tensor): tf.Tensor {
  return avgPool(x, [2, 2], { strides: [2, 2] });
}
