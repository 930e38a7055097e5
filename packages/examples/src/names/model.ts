/** @file The network of the names example. */
import { Dropout, Embed, gelu, LayerNorm, Linear, Module, MultiHeadAttention, type Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Sizes of a {@link CharTransformer}. */
export interface TransformerOptions {
  /** How many tokens there are. */
  vocabulary: number;
  /** How many tokens a row has at most. */
  length: number;
  /** Features of each position, 48 unless given. */
  features?: number | undefined;
  /** Heads of each attention, 4 unless given. */
  heads?: number | undefined;
  /** Blocks one after the other, 2 unless given. */
  blocks?: number | undefined;
  /** Share of the features that are dropped in training, 0.1 unless given. */
  dropoutRate?: number | undefined;
  /** Random streams for weights and dropout. */
  rngs: Rngs;
}

/** Attention to earlier positions, then a layer for each position by itself; both add to what comes in. */
class Block extends Module {
  readonly norm1: LayerNorm;
  readonly attention: MultiHeadAttention;
  readonly norm2: LayerNorm;
  readonly wide: Linear;
  readonly narrow: Linear;
  readonly dropout: Dropout;

  constructor(features: number, heads: number, dropoutRate: number, { rngs }: { rngs: Rngs }) {
    super();
    this.norm1 = new LayerNorm(features, { rngs });
    this.attention = new MultiHeadAttention(heads, features, { decode: false, rngs });
    this.norm2 = new LayerNorm(features, { rngs });
    this.wide = new Linear(features, 4 * features, { rngs });
    this.narrow = new Linear(4 * features, features, { rngs });
    this.dropout = new Dropout(dropoutRate, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const seen = this.attention.forward(this.norm1.forward(x), { isCausal: true });
    const attended = tf.add(x, this.dropout.forward(seen));
    const thought = this.narrow.forward(gelu(this.wide.forward(this.norm2.forward(attended))));
    return tf.add(attended, this.dropout.forward(thought));
  }
}

/**
 * A transformer over characters, as GPT: at each position it scores which token comes next, and sees those up to it
 * only. A view with `decode` keeps what it has seen in caches and takes one token after the other.
 */
export class CharTransformer extends Module {
  readonly tokens: Embed;
  readonly positions: Embed;
  readonly blocks: Block[];
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor({
    vocabulary,
    length,
    features = 48,
    heads = 4,
    blocks = 2,
    dropoutRate = 0.1,
    rngs,
  }: TransformerOptions) {
    super();
    this.tokens = new Embed(vocabulary, features, { rngs });
    this.positions = new Embed(length, features, { rngs });
    this.blocks = Array.from({ length: blocks }, () => new Block(features, heads, dropoutRate, { rngs }));
    this.norm = new LayerNorm(features, { rngs });
    this.head = new Linear(features, vocabulary, { rngs });
  }

  /**
   * @param tokens [n, length], int32
   * @param options `start` is the position of the first of them, for decoding; 0 unless given
   * @returns [n, length, vocabulary] logits of the next token
   */
  forward(tokens: tf.Tensor, { start = 0 }: { start?: number | undefined } = {}): tf.Tensor {
    const positions = tf.range(start, start + tokens.shape[1]!, 1, "int32");
    const x = tf.add(this.tokens.forward(tokens), this.positions.forward(positions));
    const y = this.blocks.reduce((features, block) => block.forward(features), x);
    return this.head.forward(this.norm.forward(y));
  }
}
