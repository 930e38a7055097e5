/** @file What multi-head attention checks before it touches anything. */
import type * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError, ShapeMismatchError } from "../../errors.ts";
import { assertAxis, assertSize } from "../checks.ts";
import type { MultiHeadAttention } from "./multi-head.ts";

/** Checks the sizes that the constructor was given. */
export function assertHeads(layer: MultiHeadAttention): void {
  const { numHeads, numKvHeads, qkvFeatures, dropoutRate } = layer;
  for (const name of [
    "numHeads",
    "inFeatures",
    "qkvFeatures",
    "outFeatures",
    "inKvFeatures",
    "numKvHeads",
  ] as const) {
    assertSize(layer[name], name, layer);
  }
  if (qkvFeatures % numHeads !== 0) {
    throw new InvalidArgumentError(
      `Memory dimension (${qkvFeatures}) must be divisible by 'numHeads' heads (${numHeads}). Give qkvFeatures: ` +
        `new MultiHeadAttention(${numHeads}, ${layer.inFeatures}, ${Math.ceil(qkvFeatures / numHeads) * numHeads}, …).`,
      layer,
    );
  }
  if (numHeads % numKvHeads !== 0) {
    throw new InvalidArgumentError(
      `numHeads (${numHeads}) must be divisible by numKvHeads (${numKvHeads}). ` +
        `Give { numKvHeads: 1 } to share one head of keys and values, or leave it out.`,
      layer,
    );
  }
  if (!(dropoutRate >= 0 && dropoutRate <= 1)) {
    throw new InvalidArgumentError(
      `expected a dropoutRate from 0 to 1, the share of weights to drop, got ${dropoutRate}.`,
      layer,
    );
  }
}

/** Checks the inputs of a call. */
export function assertInputs(
  layer: MultiHeadAttention,
  inputsQ: tf.Tensor,
  inputsK: tf.Tensor | undefined,
  inputsV: tf.Tensor | undefined,
): void {
  if (inputsV && !inputsK) {
    throw new InvalidArgumentError(
      "`inputsK` cannot be missing if `inputsV` is given. To have the same for both, pass it as `inputsK` and leave " +
        "`inputsV` out.",
      layer,
    );
  }
  const named = [
    [inputsQ, layer.inFeatures, "inFeatures"],
    [inputsK ?? inputsQ, layer.inKvFeatures, "inKvFeatures"],
    [inputsV ?? inputsK ?? inputsQ, layer.inKvFeatures, "inKvFeatures"],
  ] as const;
  for (const [inputs, features, name] of named) {
    assertAxis(inputs, -1, features, name, layer);
    if (inputs.rank > 1) continue;
    throw new ShapeMismatchError(
      `expected inputs [...batch, length, ${name}], got one of shape [${inputs.shape.join(", ")}]. ` +
        `Add the axis: tf.expandDims(x, 0).`,
      layer,
    );
  }
}

/** Checks that each new position of the cache has one query. */
export function assertOneQueryEach(layer: MultiHeadAttention, query: tf.Tensor, key: tf.Tensor): void {
  const [queries, keys] = [query.shape.at(-3), key.shape.at(-3)];
  if (queries === keys) return;
  throw new ShapeMismatchError(
    `expected as many queries as keys in decode mode, got ${queries} and ${keys}. To look at a fixed memory, use a ` +
      `view with { decode: false } for that layer.`,
    layer,
  );
}

/** Checks the shape of the inputs that a cache is made for. */
export function assertCacheShape(layer: MultiHeadAttention, inputShape: readonly number[]): void {
  if (inputShape.length < 2) {
    throw new ShapeMismatchError(
      `expected the shape of all inputs together, [...batch, maxLength, inFeatures], got ` +
        `[${inputShape.join(", ")}]. Write attention.initCache([1, 32, ${layer.inFeatures}]).`,
      layer,
    );
  }
  for (const size of inputShape) assertSize(size, "each size of the cache", layer);
}

/** `[...batch, maxLength]` of the cache that a view asks for; both sizes must be given, or neither: no new cache. */
export function cacheShapeOf(
  layer: MultiHeadAttention,
  batchSize: number | readonly number[] | undefined,
  maxLength: number | undefined,
): number[] | undefined {
  if (batchSize === undefined && maxLength === undefined) return undefined;
  if (batchSize === undefined || maxLength === undefined) {
    const [missing, example] = batchSize === undefined ? ["batchSize", 1] : ["maxLength", 32];
    throw new MissingArgumentError(
      `'${missing}' must be provided when initializing cache. Write { decode: true, ` +
        `batchSize: ${formatSize(batchSize ?? example)}, maxLength: ${maxLength ?? example} }.`,
      layer,
    );
  }
  const batch = [batchSize].flat();
  for (const size of batch) assertSize(size, "batchSize", layer);
  assertSize(maxLength, "maxLength", layer);
  return [...batch, maxLength];
}

function formatSize(size: number | readonly number[]): string {
  return typeof size === "number" ? String(size) : `[${size.join(", ")}]`;
}

/** `given`, else what the layer has; one of them must be there. */
export function modeOf(
  layer: MultiHeadAttention,
  name: "decode" | "deterministic",
  given: boolean | undefined,
): boolean {
  const mode = given ?? layer[name];
  if (mode !== null && mode !== undefined) return mode;
  throw new MissingArgumentError(
    `No \`${name}\` argument was provided to MultiHeadAttention. Give it to the constructor, ` +
      `new MultiHeadAttention(heads, features, { ${name}: false, rngs }), to the call, forward(x, { ${name}: false }), ` +
      `or make a view: view(model, { ${name}: false }).`,
    layer,
  );
}
