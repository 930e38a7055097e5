/** @file Making and combining attention masks. */
import { assertTensor } from "../../checked-arguments.ts";
import { broadcastTo } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { ShapeMismatchError } from "../../errors.ts";
import { asBool } from "../../masking.ts";

/** The dtypes that masks can have. */
export type MaskDtype = "float32" | "int32" | "bool";

/** Options of {@link combineMasks}. */
export interface CombineMasksOptions {
  /** The dtype of the mask. Default `"float32"`. */
  dtype?: MaskDtype | undefined;
}

/** Options of {@link makeCausalMask}. */
export interface CausalMaskOptions extends CombineMasksOptions {
  /** How many axes of size 1 to put in front. Default 0. */
  extraBatchDims?: number | undefined;
}

/** Options of {@link makeAttentionMask}. */
export interface AttentionMaskOptions extends CausalMaskOptions {
  /** Decides for a query `[..., queryLength, 1]` and a key `[..., 1, keyLength]`. Default the product. */
  pairwiseFn?: ((query: tf.Tensor, key: tf.Tensor) => tf.Tensor) | undefined;
}

/**
 * Which queries may see which keys: `[...batch, queryLength]` and `[...batch, keyLength]` give
 * `[...batch, 1, queryLength, keyLength]`, whose 1 stands for the heads.
 *
 * ```ts
 * const isToken = tf.notEqual(tokens, 0);
 * makeAttentionMask(isToken, isToken); // no position sees padding
 * ```
 *
 * @see flax.nnx.make_attention_mask
 */
export function makeAttentionMask(
  queryInput: tf.Tensor,
  keyInput: tf.Tensor,
  { pairwiseFn = product, extraBatchDims = 0, dtype = "float32" }: AttentionMaskOptions = {},
): tf.Tensor {
  return tf.tidy(() => {
    const mask = tf.cast(pairwiseFn(tf.expandDims(queryInput, -1), tf.expandDims(keyInput, -2)), dtype);
    const [batch, lengths] = [mask.shape.slice(0, -2), mask.shape.slice(-2)];
    return tf.reshape(mask, [...Array<number>(extraBatchDims).fill(1), ...batch, 1, ...lengths]);
  });
}

/**
 * The mask of self-attention in which no position sees a later one: of `x` `[...batch, length]`, of which only the
 * shape matters, `[...batch, 1, length, length]`.
 *
 * @see flax.nnx.make_causal_mask
 */
export function makeCausalMask(x: tf.Tensor, { extraBatchDims, dtype }: CausalMaskOptions = {}): tf.Tensor {
  assertTensor(x, "makeCausalMask");
  return tf.tidy(() => {
    const positions = broadcastTo(tf.range(0, x.shape.at(-1) ?? 1, 1, "int32"), x.shape);
    return makeAttentionMask(positions, positions, { pairwiseFn: tf.greaterEqual, extraBatchDims, dtype });
  });
}

/**
 * True where all masks are; `undefined` and `null` stand for no mask. The last argument may be options.
 *
 * @returns `undefined` when there is no mask
 * @throws ShapeMismatchError for masks of different ranks
 * @see flax.nnx.combine_masks
 */
export function combineMasks(
  ...masksAndOptions: (tf.Tensor | CombineMasksOptions | null | undefined)[]
): tf.Tensor | undefined {
  const masks = masksAndOptions.filter((mask) => mask instanceof tf.Tensor);
  const last = masksAndOptions.at(-1);
  const { dtype = "float32" } = last instanceof tf.Tensor ? {} : (last ?? {});
  if (new Set(masks.map((mask) => mask.rank)).size > 1) {
    throw new ShapeMismatchError(
      `combineMasks: masks must have same rank, but got ${masks.map((mask) => mask.rank).join(", ")}. ` +
        `Add axes of size 1 in front: tf.expandDims(mask, 0).`,
    );
  }
  return tf.tidy(() => {
    const [first, ...others] = masks;
    return first && tf.cast(others.reduce(both, asBool(first)), dtype);
  });
}

/** Whether both masks, of shapes that broadcast, are true. */
export function both(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.logicalAnd(asBool(a), asBool(b));
}

/** Bools have no product on every backend. */
function product(query: tf.Tensor, key: tf.Tensor): tf.Tensor {
  return tf.mul(asNumber(query), asNumber(key));
}

function asNumber(x: tf.Tensor): tf.Tensor {
  return x.dtype === "bool" ? tf.cast(x, "float32") : x;
}
