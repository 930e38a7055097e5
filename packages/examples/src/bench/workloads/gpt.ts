/** @file The workload `gpt`: a transformer that predicts the next token. */
import {
  Embed,
  gelu,
  LayerNorm,
  Linear,
  makeCausalMask,
  Module,
  MultiHeadAttention,
  type Rngs,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Tokens that there are. */
const VOCABULARY = 65;
/** Tokens in a row. */
export const CONTEXT = 64;
const WIDTH = 128;
const HEADS = 4;
const BLOCKS = 4;

class Block extends Module {
  readonly norm1: LayerNorm;
  readonly attention: MultiHeadAttention;
  readonly norm2: LayerNorm;
  readonly wide: Linear;
  readonly narrow: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.norm1 = new LayerNorm(WIDTH, { rngs });
    this.attention = new MultiHeadAttention(HEADS, WIDTH, { decode: false, rngs });
    this.norm2 = new LayerNorm(WIDTH, { rngs });
    this.wide = new Linear(WIDTH, 4 * WIDTH, { rngs });
    this.narrow = new Linear(4 * WIDTH, WIDTH, { rngs });
  }

  forward(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const attended = tf.add(x, this.attention.forward(this.norm1.forward(x), { mask }));
    const thought = this.narrow.forward(gelu(this.wide.forward(this.norm2.forward(attended))));
    return tf.add(attended, thought);
  }
}

/** [n, {@link CONTEXT}], int32 → [n, {@link CONTEXT}, {@link VOCABULARY}] unnormalised log-probabilities. */
export class GPT extends Module {
  readonly tokens: Embed;
  readonly positions: Embed;
  readonly blocks: Block[];
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.tokens = new Embed(VOCABULARY, WIDTH, { rngs });
    this.positions = new Embed(CONTEXT, WIDTH, { rngs });
    this.blocks = Array.from({ length: BLOCKS }, () => new Block({ rngs }));
    this.norm = new LayerNorm(WIDTH, { rngs });
    this.head = new Linear(WIDTH, VOCABULARY, { rngs });
  }

  forward(ids: tf.Tensor): tf.Tensor {
    const mask = makeCausalMask(ids);
    const positions = this.positions.forward(tf.range(0, ids.shape[1]!, 1, "int32"));
    let x = tf.add(this.tokens.forward(ids), positions);
    for (const block of this.blocks) x = block.forward(x, mask);
    return this.head.forward(this.norm.forward(x));
  }
}
