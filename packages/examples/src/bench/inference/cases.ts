/** @file The forward passes that are timed beside those of ONNX Runtime. */
import { gelu, LayerNorm, Linear, Module, MultiHeadAttention, relu, Rngs } from "@nnx-js/nn";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { CNN } from "../workloads/cnn.ts";

/** A model in the mode for inference. */
export interface Predictor extends Module {
  forward(x: tf.Tensor): tf.Tensor;
}

/** A forward pass to time. */
export interface InferenceCase {
  /** Its sizes, for the heading of a table. */
  readonly title: string;
  readonly create: (rngs: Rngs) => Predictor;
  readonly inputShape: readonly number[];
  /** Whether the model with 8-bit weights is timed beside it. */
  readonly quantizes?: boolean;
}

/** 784-512-512-10. */
class Perceptron extends Module {
  readonly layers: Linear[];

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.layers = [
      new Linear(784, 512, { rngs }),
      new Linear(512, 512, { rngs }),
      new Linear(512, 10, { rngs }),
    ];
  }

  forward(x: tf.Tensor): tf.Tensor {
    const last = this.layers.length - 1;
    return this.layers.reduce((h, layer, i) => (i < last ? relu(layer.forward(h)) : layer.forward(h)), x);
  }
}

const WIDTH = 384;
const HEADS = 12;
const BLOCKS = 6;

/** Attention to all positions, then a layer for each by itself; norms come after, as in BERT. */
class Block extends Module {
  readonly attention: MultiHeadAttention;
  readonly norm1: LayerNorm;
  readonly wide: Linear;
  readonly narrow: Linear;
  readonly norm2: LayerNorm;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.attention = new MultiHeadAttention(HEADS, WIDTH, { decode: false, rngs });
    this.norm1 = new LayerNorm(WIDTH, { rngs });
    this.wide = new Linear(WIDTH, 4 * WIDTH, { rngs });
    this.narrow = new Linear(4 * WIDTH, WIDTH, { rngs });
    this.norm2 = new LayerNorm(WIDTH, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const attended = this.norm1.forward(tf.add(x, this.attention.forward(x)));
    const thought = this.narrow.forward(gelu(this.wide.forward(attended), { approximate: false }));
    return this.norm2.forward(tf.add(attended, thought));
  }
}

class Encoder extends Module {
  readonly blocks: Block[];

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.blocks = Array.from({ length: BLOCKS }, () => new Block({ rngs }));
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.blocks.reduce((h, block) => block.forward(h), x);
  }
}

const perceptron = (batch: number): InferenceCase => ({
  title: `784-512-512-10, batch ${batch}`,
  create: (rngs) => new Perceptron({ rngs }),
  inputShape: [batch, 784],
});

const cnn = (batch: number): InferenceCase => ({
  title: `Flax's MNIST tutorial model, batch ${batch}`,
  create: (rngs) => view(new CNN({ rngs }), { deterministic: true, useRunningAverage: true }),
  inputShape: [batch, 28, 28, 1],
});

const encoder = (tokens: number): InferenceCase => ({
  title: `${BLOCKS} blocks of width ${WIDTH}, ${HEADS} heads, ${tokens} tokens`,
  create: (rngs) => new Encoder({ rngs }),
  inputShape: [1, tokens, WIDTH],
});

const SIDE = 4096;

/** All of them. */
export const INFERENCE = {
  "mlp-1": perceptron(1),
  "mlp-128": perceptron(128),
  "cnn-1": cnn(1),
  "cnn-32": cnn(32),
  "encoder-128": encoder(128),
  "encoder-16": encoder(16),
  "matvec-4096": {
    title: `one row by ${SIDE}x${SIDE}`,
    create: (rngs) => new Linear(SIDE, SIDE, { rngs }),
    inputShape: [1, SIDE],
    quantizes: true,
  },
} as const satisfies Record<string, InferenceCase>;

/** The name of a case. */
export type InferenceName = keyof typeof INFERENCE;
