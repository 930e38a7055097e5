/** @file The classifier: a multilayer perceptron with batch normalisation and dropout. */
import { BatchNorm, Dropout, Linear, Module, relu, type Rngs } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { CLASSES, PIXELS } from "./split.ts";

/** One hidden layer: [..., inFeatures] → [..., outFeatures]. */
class Hidden extends Module {
  readonly linear: Linear;
  readonly norm: BatchNorm;
  readonly dropout: Dropout;

  constructor(inFeatures: number, outFeatures: number, dropoutRate: number, { rngs }: { rngs: Rngs }) {
    super();
    // The normalisation that follows has a bias of its own.
    this.linear = new Linear(inFeatures, outFeatures, { useBias: false, rngs });
    this.norm = new BatchNorm(outFeatures, { rngs });
    this.dropout = new Dropout(dropoutRate, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.dropout.forward(relu(this.norm.forward(this.linear.forward(x))));
  }
}

/** Shape and weights of a classifier. */
export interface DigitClassifierOptions {
  /** Features of each hidden layer, from the picture to the answer; two layers, 256 and 128, unless given. */
  widths?: readonly number[] | undefined;
  /** Share of the hidden features that training leaves out, 0.2 unless given. */
  dropoutRate?: number | undefined;
  /** Gives the weights, and the dropout masks later. */
  rngs: Rngs;
}

/** Tells digits apart: [n, 784] → [n, 10] unnormalised log-probabilities. */
export class DigitClassifier extends Module {
  readonly hidden: Hidden[];
  readonly head: Linear;

  constructor({ widths = [256, 128], dropoutRate = 0.2, rngs }: DigitClassifierOptions) {
    super();
    const inputs = [PIXELS, ...widths];
    this.hidden = widths.map((width, i) => new Hidden(inputs[i]!, width, dropoutRate, { rngs }));
    this.head = new Linear(inputs.at(-1)!, CLASSES, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.head.forward(this.hidden.reduce((h, layer) => layer.forward(h), x));
  }
}
