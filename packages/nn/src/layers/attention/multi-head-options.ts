/** @file The options of multi-head attention, and what they mean for the layers inside. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Initializer } from "../../initializers/initializer.ts";
import type { Rngs } from "../../random/rngs.ts";
import type { VariableMetadata } from "../../variable/variable.ts";
import type { LinearOptions } from "../linear.ts";
import type { ForwardOptions } from "../options.ts";
import type { DtypeOptions, PromoteDtype } from "../promote-dtype.ts";
import type { AttentionFn } from "./dot-product.ts";

/** Options of {@link MultiHeadAttention}. */
export interface MultiHeadAttentionOptions extends Omit<DtypeOptions, "promoteDtype"> {
  rngs: Rngs;
  /** How many heads keys and values have; each serves `numHeads / numKvHeads` heads of the query. Default `numHeads`. */
  numKvHeads?: number | undefined;
  /** The features of the inputs that keys and values are made of. Default `inFeatures`. */
  inKvFeatures?: number | undefined;
  /** Whether to use a cache of what was seen before. No default: given here, by a view or per call. */
  decode?: boolean | null | undefined;
  /** Whether dropout is off. No default; needed only with a `dropoutRate`. */
  deterministic?: boolean | null | undefined;
  /** The share of the attention weights that is dropped. Default 0. */
  dropoutRate?: number | undefined;
  /** Whether batch and heads share one decision of dropout for each pair of positions. Default true. */
  broadcastDropout?: boolean | undefined;
  /** Whether to keep a fork of the stream `dropout`, so that calls need none. Default true. */
  keepRngs?: boolean | undefined;
  /** Whether to normalise each head's queries and keys by a LayerNorm without bias. Default false. */
  normalizeQk?: boolean | undefined;
  /** Whether the projections add a bias. Default true. */
  useBias?: boolean | undefined;
  /** Default `lecunNormal()`. */
  kernelInit?: Initializer | undefined;
  /** Makes the kernel of the last projection. Default `kernelInit`. */
  outKernelInit?: Initializer | undefined;
  /** Default zeros. */
  biasInit?: Initializer | undefined;
  /** Makes the bias of the last projection. Default `biasInit`. */
  outBiasInit?: Initializer | undefined;
  /** Computes the attention. Default {@link dotProductAttention}. */
  attentionFn?: AttentionFn | undefined;
  /** Metadata of the kernels. Default none. */
  kernelMetadata?: VariableMetadata | undefined;
  /** Metadata of the kernel of the last projection. Default `kernelMetadata`. */
  outKernelMetadata?: VariableMetadata | undefined;
  /** Metadata of the biases. Default none. */
  biasMetadata?: VariableMetadata | undefined;
  /** Metadata of the bias of the last projection. Default `biasMetadata`. */
  outBiasMetadata?: VariableMetadata | undefined;
  /** Metadata of the scale of the queries' LayerNorm. Default none. */
  queryLnScaleMetadata?: VariableMetadata | undefined;
  /** Metadata of the scale of the keys' LayerNorm. Default none. */
  keyLnScaleMetadata?: VariableMetadata | undefined;
  /** What is done to input and parameters of the first projections. Default: integers and bools become float32. */
  qkvPromoteDtype?: PromoteDtype | undefined;
  /** The same for the last projection. */
  outPromoteDtype?: PromoteDtype | undefined;
  /** The same for the LayerNorms of queries and keys. */
  lnPromoteDtype?: PromoteDtype | undefined;
}

/** Options of {@link MultiHeadAttention.forward}. */
export interface MultiHeadAttentionForwardOptions extends ForwardOptions {
  /**
   * Where it is false (or 0), the query does not see the key; of a shape that broadcasts to
   * `[...batch, heads, queryLength, keyLength]`. With a cache, `keyLength` is its `maxLength`.
   */
  mask?: tf.Tensor | undefined;
  /** Added to the scores; of a shape that broadcasts likewise. */
  bias?: tf.Tensor | undefined;
  /** Whether query `i` sees keys 0 to `i` only. Default false; with a cache it is always so. */
  isCausal?: boolean | undefined;
  /** Beats the attribute. */
  deterministic?: boolean | undefined;
  /** Beats the attribute. */
  decode?: boolean | undefined;
  /** Whether to sow the weights as `Intermediate` `attentionWeights`, for `capture`. Default false. */
  sowWeights?: boolean | undefined;
}

/** The options of the layers inside. */
export function projectionOptions(options: MultiHeadAttentionOptions): {
  qkv: LinearOptions;
  out: LinearOptions;
} {
  const { rngs, useBias, kernelInit, biasInit, kernelMetadata, biasMetadata } = options;
  const { dtype, paramDtype, qkvPromoteDtype, outPromoteDtype } = options;
  const qkv = { rngs, useBias, kernelInit, biasInit, kernelMetadata, biasMetadata, dtype, paramDtype };
  return {
    qkv: { ...qkv, promoteDtype: qkvPromoteDtype },
    out: {
      ...qkv,
      kernelInit: options.outKernelInit ?? kernelInit,
      biasInit: options.outBiasInit ?? biasInit,
      kernelMetadata: options.outKernelMetadata ?? kernelMetadata,
      biasMetadata: options.outBiasMetadata ?? biasMetadata,
      promoteDtype: outPromoteDtype,
    },
  };
}
