/** @file Multi-head attention. */
import * as tf from "@tensorflow/tfjs-core";
import { MissingArgumentError } from "../../errors.ts";
import { type ViewArgs, viewOptions } from "../../modes/view-options.ts";
import { Module } from "../../module/module.ts";
import type { RngStream } from "../../random/rng-stream.ts";
import { type Rngs, streamOf } from "../../random/rngs.ts";
import type { Cache } from "../../variable/types.ts";
import { LayerNorm } from "../layer-norm.ts";
import { LinearGeneral } from "../linear-general.ts";
import { givenOptions } from "../options.ts";
import { cacheFor, extendCache, makeCache, resetCache } from "./cache.ts";
import { type AttentionFn, dotProductAttention } from "./dot-product.ts";
import { both } from "./masks.ts";
import {
  assertCacheShape,
  assertHeads,
  assertInputs,
  assertOneQueryEach,
  cacheShapeOf,
  modeOf,
} from "./multi-head-checks.ts";
import {
  type MultiHeadAttentionForwardOptions,
  type MultiHeadAttentionOptions,
  projectionOptions,
} from "./multi-head-options.ts";
import { assertBroadcasts } from "./shapes.ts";

type Arguments<Options> = readonly (tf.Tensor | number | Options | undefined)[];

/**
 * Multi-head attention: queries `[...batch, queryLength, inFeatures]` look at keys and values
 * `[...batch, keyLength, inKvFeatures]` and give `[...batch, queryLength, outFeatures]`.
 *
 * Inputs are projected to `numHeads` heads of `qkvFeatures / numHeads` features each; every head takes a weighted mean
 * of the values, by {@link dotProductAttention}, and `out` brings the heads together. Draws the keys of the stream
 * `params` for kernel and bias of `query`, `key`, `value`, the scales of `queryLn` and `keyLn` if there are any, and
 * kernel and bias of `out`; then, for dropout, one of the stream `dropout`.
 *
 * ```ts
 * const attention = new MultiHeadAttention(4, 64, { decode: false, rngs });
 * attention.forward(x); // self-attention: x [batch, length, 64]
 * attention.forward(x, { mask: makeCausalMask(tokens) });
 * attention.forward(x, memory); // queries from x, keys and values from memory
 * ```
 *
 * **Decoding.** A view with `decode` has a cache, Variables of type `Cache` of its own, for `maxLength` positions.
 * Each call adds its positions, one or several, to those seen before and looks at all of them:
 *
 * ```ts
 * const decoder = view(model, { decode: true, batchSize: 1, maxLength: 32 });
 * decoder.forward(token); // [1, 1, 64], thirty-two times
 * state(decoder, Cache).dispose(); // the weights belong to the model as well
 * ```
 *
 * What comes after a cache is full gives NaN: how full it is stands in a Variable, which is never read back.
 *
 * @see flax.nnx.MultiHeadAttention; Vaswani et al., 2017, https://arxiv.org/abs/1706.03762
 */
export class MultiHeadAttention extends Module {
  static override readonly name: string = "MultiHeadAttention";
  static readonly viewOptions = viewOptions({
    deterministic: {
      type: "boolean",
      description: "if true, the module is set to deterministic mode.",
    },
    decode: {
      type: "boolean",
      description: "if true, the module is set to decode mode.",
    },
    batchSize: {
      type: ["integer", "number[]"],
      description: "the batch size of a new cache; needs maxLength.",
    },
    maxLength: {
      type: "integer",
      description: "the number of positions of a new cache; needs batchSize.",
    },
  });

  readonly numHeads: number;
  readonly inFeatures: number;
  readonly qkvFeatures: number;
  readonly outFeatures: number;
  readonly inKvFeatures: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  readonly dropoutRate: number;
  readonly broadcastDropout: boolean;
  readonly normalizeQk: boolean;
  readonly useBias: boolean;
  readonly attentionFn: AttentionFn;
  deterministic: boolean | null | undefined;
  decode: boolean | null | undefined;
  readonly query: LinearGeneral;
  readonly key: LinearGeneral;
  readonly value: LinearGeneral;
  readonly queryLn: LayerNorm | undefined;
  readonly keyLn: LayerNorm | undefined;
  readonly out: LinearGeneral;
  rngs: RngStream | undefined;
  cachedKey: Cache | undefined;
  cachedValue: Cache | undefined;
  cacheIndex: Cache | undefined;

  constructor(numHeads: number, inFeatures: number, options: MultiHeadAttentionOptions);
  constructor(
    numHeads: number,
    inFeatures: number,
    qkvFeatures: number | undefined,
    options: MultiHeadAttentionOptions,
  );
  constructor(
    numHeads: number,
    inFeatures: number,
    qkvFeatures: number | undefined,
    outFeatures: number | undefined,
    options: MultiHeadAttentionOptions,
  );
  /** @throws InvalidArgumentError for sizes that do not fit, and a rate that is not in [0, 1] */
  constructor(numHeads: number, inFeatures: number, ...rest: Arguments<MultiHeadAttentionOptions>) {
    super();
    const given = rest.find((argument) => typeof argument === "object");
    const options = givenOptions(given as MultiHeadAttentionOptions);
    const [qkvFeatures, outFeatures] = rest.map((argument) =>
      typeof argument === "object" ? undefined : argument,
    ) as [number | undefined, number | undefined];
    this.numHeads = numHeads;
    this.inFeatures = inFeatures;
    this.qkvFeatures = qkvFeatures ?? inFeatures;
    this.outFeatures = outFeatures ?? inFeatures;
    this.inKvFeatures = options.inKvFeatures ?? inFeatures;
    this.numKvHeads = options.numKvHeads ?? numHeads;
    this.headDim = this.qkvFeatures / numHeads;
    this.dropoutRate = options.dropoutRate ?? 0;
    this.broadcastDropout = options.broadcastDropout ?? true;
    this.normalizeQk = options.normalizeQk ?? false;
    this.useBias = options.useBias ?? true;
    this.attentionFn = options.attentionFn ?? dotProductAttention;
    this.deterministic = options.deterministic;
    this.decode = options.decode;
    assertHeads(this);

    const { rngs, dtype, paramDtype } = options;
    const { qkv, out } = projectionOptions(options);
    this.query = new LinearGeneral(inFeatures, [numHeads, this.headDim], qkv);
    this.key = new LinearGeneral(this.inKvFeatures, [this.numKvHeads, this.headDim], qkv);
    this.value = new LinearGeneral(this.inKvFeatures, [this.numKvHeads, this.headDim], qkv);
    const norm = { rngs, useBias: false, dtype, paramDtype, promoteDtype: options.lnPromoteDtype };
    const normFor = (scaleMetadata: typeof options.keyLnScaleMetadata) =>
      this.normalizeQk ? new LayerNorm(this.headDim, { ...norm, scaleMetadata }) : undefined;
    this.queryLn = normFor(options.queryLnScaleMetadata);
    this.keyLn = normFor(options.keyLnScaleMetadata);
    this.out = new LinearGeneral([numHeads, this.headDim], this.outFeatures, { ...out, axis: [-2, -1] });
    const keeps = (options.keepRngs ?? true) && this.dropoutRate > 0;
    this.rngs = keeps ? rngs.stream("dropout").fork() : undefined;
    this.cachedKey = undefined;
    this.cachedValue = undefined;
    this.cacheIndex = undefined;
  }

  forward(inputsQ: tf.Tensor, options?: MultiHeadAttentionForwardOptions): tf.Tensor;
  forward(
    inputsQ: tf.Tensor,
    inputsK: tf.Tensor | undefined,
    options?: MultiHeadAttentionForwardOptions,
  ): tf.Tensor;
  forward(
    inputsQ: tf.Tensor,
    inputsK: tf.Tensor | undefined,
    inputsV: tf.Tensor | undefined,
    options?: MultiHeadAttentionForwardOptions,
  ): tf.Tensor;
  /**
   * Without `inputsK` queries, keys and values all come from `inputsQ`; without `inputsV` the values come from
   * `inputsK`.
   *
   * @throws ShapeMismatchError, DtypeError for inputs that do not fit; MissingArgumentError when `decode`, or for
   *   dropout `deterministic` or `rngs`, is given nowhere, or there is no cache to decode with; no cache has changed
   *   then
   */
  forward(inputsQ: tf.Tensor, ...rest: Arguments<MultiHeadAttentionForwardOptions>): tf.Tensor {
    const [inputsK, inputsV] = rest.map((argument) => (argument instanceof tf.Tensor ? argument : undefined));
    const options = (rest.find((argument) => argument !== undefined && !(argument instanceof tf.Tensor)) ??
      {}) as MultiHeadAttentionForwardOptions;
    assertInputs(this, inputsQ, inputsK, inputsV);
    const decode = modeOf(this, "decode", options.decode);
    // Without dropout nobody needs to say.
    const deterministic = this.dropoutRate === 0 || modeOf(this, "deterministic", options.deterministic);
    const dropoutRng = deterministic ? undefined : dropoutKey(this, options.rngs ?? this.rngs);

    const source = inputsK ?? inputsQ;
    const query = normalized(this.queryLn, this.query.forward(inputsQ));
    let key = normalized(this.keyLn, this.key.forward(source));
    let value = this.value.forward(inputsV ?? source);
    let { mask } = options;
    let hasRoom: tf.Tensor | undefined;
    if (decode) {
      const cache = cacheFor(key.shape, this);
      assertOneQueryEach(this, query, key);
      const [length, maxLength] = [query.shape.at(-3)!, cache.key.shape.at(-3)!];
      const scores = [...query.shape.slice(0, -3), this.numHeads, length, maxLength];
      assertBroadcasts("mask", mask, scores, this);
      const { visible, ...extended } = extendCache(cache, key, value);
      ({ key, value, hasRoom } = extended);
      mask = mask ? both(mask, visible) : visible;
    }
    const attended = this.attentionFn(query, key, value, {
      mask,
      bias: options.bias,
      isCausal: !decode && options.isCausal,
      dropoutRng,
      dropoutRate: this.dropoutRate,
      broadcastDropout: this.broadcastDropout,
      deterministic,
      module: options.sowWeights ? this : undefined,
    });
    const y = this.out.forward(attended);
    return hasRoom ? tf.where(hasRoom, y, tf.scalar(NaN)) : y;
  }

  /**
   * Makes an empty cache for inputs of the shape `[...batch, maxLength, inFeatures]`, or empties the one that is
   * there, in every view that shares it.
   *
   * @see flax.nnx.MultiHeadAttention.init_cache
   */
  initCache(inputShape: readonly number[]): void {
    assertCacheShape(this, inputShape);
    resetCache(this, [...inputShape.slice(0, -1), this.numKvHeads, this.headDim]);
  }

  /** `batchSize` and `maxLength` make a new, empty cache. */
  setView({
    deterministic,
    decode,
    batchSize,
    maxLength,
  }: ViewArgs<typeof MultiHeadAttention.viewOptions>): void {
    const shape = cacheShapeOf(this, batchSize, maxLength);
    if (deterministic !== undefined) this.deterministic = deterministic;
    if (decode !== undefined) this.decode = decode;
    if (shape) makeCache(this, [...shape, this.numKvHeads, this.headDim]);
  }
}

function dropoutKey(layer: MultiHeadAttention, rngs: Rngs | RngStream | undefined): tf.Tensor {
  if (rngs) return streamOf(rngs, "dropout").next();
  throw new MissingArgumentError(
    "'rngs' must be provided to forward if MultiHeadAttention is built with keepRngs: false. Write " +
      "forward(x, { rngs }). For evaluation make a view: view(model, { deterministic: true }).",
    layer,
  );
}

function normalized(norm: LayerNorm | undefined, x: tf.Tensor): tf.Tensor {
  return norm ? norm.forward(x) : x;
}
