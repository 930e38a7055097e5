/** @file Scaled dot-product attention. */
import { stopGradient, targetBackend } from "@nnx-js/tensor";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { MissingArgumentError } from "../../errors.ts";
import { asBool, LOWEST } from "../../masking.ts";
import type { Module } from "../../module/module.ts";
import { Intermediate } from "../../variable/types.ts";
import { promoteDtype } from "../promote-dtype.ts";
import { both } from "./masks.ts";
import { assertBroadcasts, assertOperands } from "./shapes.ts";

/** Options of {@link dotProductAttention}. */
export interface AttentionOptions {
  /** Added to the scores; of a shape that broadcasts to `[...batch, heads, queryLength, keyLength]`. */
  bias?: tf.Tensor | undefined;
  /** Where it is false (or 0), the query does not see the key; of a shape that broadcasts likewise. */
  mask?: tf.Tensor | undefined;
  /** Whether batch and heads share one decision of dropout for each pair of positions. Default true. */
  broadcastDropout?: boolean | undefined;
  /** The key of dropout, int32 `[2]`. */
  dropoutRng?: tf.Tensor | undefined;
  /** The share of the weights that is dropped. Default 0. */
  dropoutRate?: number | undefined;
  /** Whether dropout is off. Default false. */
  deterministic?: boolean | undefined;
  /** Sows the weights, before dropout, as `Intermediate` `attentionWeights`. Default none. */
  module?: Module | undefined;
  /** Whether query `i` sees keys 0 to `i` only. Default false. */
  isCausal?: boolean | undefined;
}

/** What computes attention: {@link dotProductAttention}, or a function of the same form. */
export type AttentionFn = (
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  options: AttentionOptions,
) => tf.Tensor;

/**
 * `softmax(query @ keyᵀ / √depth + bias) @ value`, head by head: query `[...batch, queryLength, heads, depth]`, key
 * `[...batch, keyLength, heads, depth]` and value `[...batch, keyLength, heads, valueDepth]` give
 * `[...batch, queryLength, heads, valueDepth]`.
 *
 * Keys and values may have fewer heads, each shared by several successive heads of the query. The score of a key that
 * is not seen is, after the bias, the lowest float32, whatever the bias. So a query that sees no key gives all of them
 * the same weight.
 *
 * @throws ShapeMismatchError when ranks, batch axes, depths, lengths or heads do not fit; MissingArgumentError for
 *   dropout without a key
 * @see flax.nnx.dot_product_attention; Vaswani et al., 2017, https://arxiv.org/abs/1706.03762
 */
export function dotProductAttention(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  options: AttentionOptions = {},
): tf.Tensor {
  assertOperands(query, key, value);
  const [q, k, v] = promoteDtype([query, key, value], { dtype: "float32" }).map(headsFirst) as Heads;
  const weights = attentionWeights(q, k, options);
  const [batch, [heads, queries]] = [q.shape.slice(0, -3), q.shape.slice(-3) as [number, number]];
  const mixed = tf.matMul(grouped(weights, v.shape.at(-3)!), v);
  return headsFirst(tf.reshape(mixed, [...batch, heads, queries, v.shape.at(-1)!]));
}

/** Query, key and value, each `[...batch, heads, length, depth]`. */
type Heads = [query: tf.Tensor, key: tf.Tensor, value: tf.Tensor];

/** `[...batch, heads, queryLength, keyLength]`, from query and key `[...batch, heads, length, depth]`. */
function attentionWeights(query: tf.Tensor, key: tf.Tensor, options: AttentionOptions): tf.Tensor {
  const { bias, mask, isCausal = false, module } = options;
  const [queries, keys, depth] = [query.shape.at(-2)!, key.shape.at(-2)!, query.shape.at(-1)!];
  const shape = [...query.shape.slice(0, -1), keys];
  assertBroadcasts("mask", mask, shape);
  assertBroadcasts("bias", bias, shape);
  const scaled = tf.mul(query, 1 / Math.sqrt(depth));
  const products = tf.matMul(grouped(scaled, key.shape.at(-3)!), key, false, true);
  const scores = tf.reshape(products, shape);
  const biased = bias ? tf.add(scores, bias) : scores;
  const causal = isCausal ? causalMask(queries, keys) : undefined;
  const visible = causal && mask ? both(mask, causal) : (causal ?? mask);
  const weights = tf.softmax(
    visible ? fromLargest(tf.where(asBool(visible), biased, tf.scalar(LOWEST))) : biased,
  );
  module?.sow(Intermediate, "attentionWeights", weights);
  return dropped(weights, options);
}

/**
 * `scores` less the largest of each row. The softmax of GPU backends is wrong for a row of nothing but very low scores:
 * the maxima of webgl begin at -1e20, those of webgpu give NaN for the lowest float32. Powers of two move scores near
 * enough, and leave no trace in the difference.
 */
function fromLargest(scores: tf.Tensor): tf.Tensor {
  const backend = targetBackend();
  if (backend !== "webgl" && backend !== "webgpu") return scores;
  const near = stopGradient(tf.max(tf.mul(scores, 2 ** -70), -1, true));
  return tf.sub(scores, tf.mul(near, 2 ** 70));
}

function dropped(
  weights: tf.Tensor,
  { dropoutRate = 0, deterministic = false, dropoutRng, broadcastDropout = true }: AttentionOptions,
): tf.Tensor {
  if (deterministic || dropoutRate === 0) return weights;
  if (dropoutRate === 1) return tf.zerosLike(weights);
  if (!dropoutRng) {
    throw new MissingArgumentError(
      'dotProductAttention: dropout needs a key. Write { dropoutRng: rngs.key("dropout") }, or { deterministic: true }.',
    );
  }
  const lengths = weights.shape.slice(-2);
  const shape = broadcastDropout ? [...weights.shape.slice(0, -2).map(() => 1), ...lengths] : weights.shape;
  const keep = random.bernoulli(dropoutRng, 1 - dropoutRate, shape);
  return tf.mul(weights, tf.div(tf.cast(keep, "float32"), 1 - dropoutRate));
}

/** `[..., a, b, c]` as `[..., b, a, c]`: heads and positions change places. */
function headsFirst(x: tf.Tensor): tf.Tensor {
  const axes = [...x.shape.keys()];
  const [a, b, c] = axes.slice(-3) as [number, number, number];
  return tf.transpose(x, [...axes.slice(0, -3), b, a, c]);
}

/** `[..., heads, length, depth]` as `[..., groups, heads / groups * length, depth]`: one product for each group. */
function grouped(x: tf.Tensor, groups: number): tf.Tensor {
  const [heads, length, depth] = x.shape.slice(-3) as [number, number, number];
  return heads === groups
    ? x
    : tf.reshape(x, [...x.shape.slice(0, -3), groups, (heads / groups) * length, depth]);
}

/** `[queries, keys]`: whether the key does not come after the query. */
function causalMask(queries: number, keys: number): tf.Tensor {
  return tf.greaterEqual(
    tf.expandDims(tf.range(0, queries, 1, "int32"), 1),
    tf.expandDims(tf.range(0, keys, 1, "int32"), 0),
  );
}
