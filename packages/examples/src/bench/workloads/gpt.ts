/** @file The workload `gpt`: a transformer that predicts the next token. */
import {
  Embed,
  gelu,
  LayerNorm,
  Linear,
  makeCausalMask,
  Module,
  MultiHeadAttention,
  remat,
  type RematOptions,
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

/** What of a model may be otherwise than in the workload. */
interface GPTOptions {
  readonly rngs: Rngs;
  /** Tokens in a row. */
  readonly context?: number | undefined;
  /** Which blocks are computed again for their gradients, of how many; none unless given. */
  readonly isRecomputed?: ((block: number, blocks: number) => boolean) | undefined;
  /** What is kept of those. */
  readonly policy?: RematOptions["policy"];
}

/** [n, context], int32 → [n, context, {@link VOCABULARY}] unnormalised log-probabilities. */
export class GPT extends Module {
  readonly tokens: Embed;
  readonly positions: Embed;
  readonly blocks: Block[];
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor({ rngs, context = CONTEXT, isRecomputed, policy }: GPTOptions) {
    super();
    const Recomputed = remat(Block, { policy });
    this.tokens = new Embed(VOCABULARY, WIDTH, { rngs });
    this.positions = new Embed(context, WIDTH, { rngs });
    this.blocks = Array.from({ length: BLOCKS }, (_, i) => {
      return new (isRecomputed?.(i, BLOCKS) ? Recomputed : Block)({ rngs });
    });
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
