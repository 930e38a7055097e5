/** @file BERT's encoder: each position of a text looks at all others. */
import { dotProductAttention, Embed, gelu, LayerNorm, Linear, Module, type Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { BertConfig } from "./config.ts";

/** Random streams for the weights. */
interface Options {
  rngs: Rngs;
}

/** What stands at each position at first: the vectors of its token, of its place and of its segment. */
class Embeddings extends Module {
  readonly tokens: Embed;
  readonly positions: Embed;
  readonly segments: Embed;
  readonly norm: LayerNorm;

  constructor(config: BertConfig, { rngs }: Options) {
    super();
    const { vocabulary, positions, segments, features } = config;
    this.tokens = new Embed(vocabulary, features, { rngs });
    this.positions = new Embed(positions, features, { rngs });
    this.segments = new Embed(segments, features, { rngs });
    this.norm = layerNorm(config, rngs);
  }

  forward(tokens: tf.Tensor): tf.Tensor {
    const places = this.positions.forward(tf.range(0, tokens.shape[1]!, 1, "int32"));
    const firstSegment = this.segments.forward(tf.scalar(0, "int32"));
    return this.norm.forward(tf.add(this.tokens.forward(tokens), tf.add(places, firstSegment)));
  }
}

/** Attention of a text to itself. Query, key and value are dense layers, which adapters can be put around. */
class SelfAttention extends Module {
  readonly heads: number;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly out: Linear;

  constructor({ features, heads }: BertConfig, { rngs }: Options) {
    super();
    this.heads = heads;
    this.query = new Linear(features, features, { rngs });
    this.key = new Linear(features, features, { rngs });
    this.value = new Linear(features, features, { rngs });
    this.out = new Linear(features, features, { rngs });
  }

  /** @param mask [n, 1, 1, length], where there is a token */
  forward(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const [n, length, features] = x.shape as [number, number, number];
    const [query, key, value] = [this.query, this.key, this.value].map((layer) =>
      tf.reshape(layer.forward(x), [n, length, this.heads, features / this.heads]),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const mixed = dotProductAttention(query, key, value, { mask });
    return this.out.forward(tf.reshape(mixed, [n, length, features]));
  }
}

/** Attention, then two layers for each position by itself; each adds to what comes in, and the sum is normalised. */
class Block extends Module {
  readonly attention: SelfAttention;
  readonly attentionNorm: LayerNorm;
  readonly wide: Linear;
  readonly narrow: Linear;
  readonly norm: LayerNorm;

  constructor(config: BertConfig, { rngs }: Options) {
    super();
    const { features, hiddenFeatures } = config;
    this.attention = new SelfAttention(config, { rngs });
    this.attentionNorm = layerNorm(config, rngs);
    this.wide = new Linear(features, hiddenFeatures, { rngs });
    this.narrow = new Linear(hiddenFeatures, features, { rngs });
    this.norm = layerNorm(config, rngs);
  }

  forward(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const attended = this.attentionNorm.forward(tf.add(x, this.attention.forward(x, mask)));
    const thought = this.narrow.forward(gelu(this.wide.forward(attended), { approximate: false }));
    return this.norm.forward(tf.add(attended, thought));
  }
}

/**
 * The encoder of BERT, without dropout and without what was on top of it in pre-training.
 *
 * @see Devlin et al., 2018, https://arxiv.org/abs/1810.04805
 */
export class BertEncoder extends Module {
  readonly embeddings: Embeddings;
  readonly blocks: Block[];

  constructor(config: BertConfig, { rngs }: Options) {
    super();
    this.embeddings = new Embeddings(config, { rngs });
    this.blocks = Array.from({ length: config.blocks }, () => new Block(config, { rngs }));
  }

  /**
   * @param tokens [n, length], int32
   * @param mask [n, length], where there is a token, not padding
   * @returns [n, length, features]
   */
  forward(tokens: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const [n, length] = tokens.shape as [number, number];
    const visible = tf.reshape(mask, [n, 1, 1, length]);
    return this.blocks.reduce((x, block) => block.forward(x, visible), this.embeddings.forward(tokens));
  }
}

/** In two passes over the features, as PyTorch computes it. */
function layerNorm({ features, epsilon }: BertConfig, rngs: Rngs): LayerNorm {
  return new LayerNorm(features, { epsilon, useFastVariance: false, rngs });
}
