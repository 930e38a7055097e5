/** @file The keys and values that a decoding attention layer has seen. */
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { MissingArgumentError, ShapeMismatchError } from "../../errors.ts";
import { Cache } from "../../variable/types.ts";

/** A layer with a cache: keys and values `[...batch, maxLength, heads, depth]`, and how many are in use. */
export interface CacheHolder {
  cachedKey: Cache | undefined;
  cachedValue: Cache | undefined;
  cacheIndex: Cache | undefined;
}

/** The Variables of a cache that is there. */
interface CacheVariables {
  key: Cache;
  value: Cache;
  index: Cache;
}

/** What a query attends to after new keys and values have been added. */
interface Extended {
  key: tf.Tensor;
  value: tf.Tensor;
  /** `[length, maxLength]`: whether the position in the cache is not later than the query's. */
  visible: tf.Tensor;
  /** A bool scalar: whether there was room for all of them. */
  hasRoom: tf.Tensor;
}

/** Gives the layer an empty cache of this shape: new Variables, which no other view has. */
export function makeCache(layer: CacheHolder, shape: readonly number[]): void {
  layer.cachedKey = new Cache(full([...shape], 0));
  layer.cachedValue = new Cache(full([...shape], 0));
  layer.cacheIndex = new Cache(full([], 0, "int32"));
}

/** Empties the cache of the layer, in the same Variables, so that no memory is lost; makes one where there is none. */
export function resetCache(layer: CacheHolder, shape: readonly number[]): void {
  const { cachedKey, cachedValue, cacheIndex } = layer;
  if (!cachedKey || !cachedValue || !cacheIndex) return makeCache(layer, shape);
  cachedKey.value = full([...shape], 0);
  cachedValue.value = full([...shape], 0);
  cacheIndex.value = full([], 0, "int32");
}

/**
 * The cache of the layer, checked for keys of shape `[...batch, length, heads, depth]`.
 *
 * @throws MissingArgumentError when there is none; ShapeMismatchError for another batch, or more than it can hold
 */
export function cacheFor(keyShape: readonly number[], layer: CacheHolder): CacheVariables {
  const { cachedKey, cachedValue, cacheIndex } = layer;
  if (!cachedKey || !cachedValue || !cacheIndex) {
    throw new MissingArgumentError(
      "Autoregressive cache not initialized, call `initCache` first. Make a view with a cache: " +
        "view(model, { decode: true, batchSize: 1, maxLength: 32 }), or call " +
        "attention.initCache([batchSize, maxLength, inFeatures]).",
      layer,
    );
  }
  const [maxLength, length] = [cachedKey.shape.at(-3)!, keyShape.at(-3)!];
  const [batch, keyBatch] = [cachedKey.shape.slice(0, -3), keyShape.slice(0, -3)];
  if (batch.join() !== keyBatch.join() || length > maxLength) {
    const [found, room] = [
      [...keyBatch, length],
      [...batch, maxLength],
    ].map((shape) => shape.join(", "));
    throw new ShapeMismatchError(
      `Autoregressive cache shape error: expected inputs of batch [${batch.join(", ")}] and at most ${maxLength} ` +
        `positions, got [${found}] for a cache of [${room}]. Make a view with a cache that fits: ` +
        `view(model, { decode: true, batchSize: [${keyBatch.join(", ")}], maxLength: ${Math.max(length, maxLength)} }).`,
      layer,
    );
  }
  return { key: cachedKey, value: cachedValue, index: cacheIndex };
}

/** Adds keys and values `[...batch, length, heads, depth]` behind those in the cache. */
export function extendCache(cache: CacheVariables, key: tf.Tensor, value: tf.Tensor): Extended {
  const [maxLength, length] = [cache.key.shape.at(-3)!, key.shape.at(-3)!];
  const index = cache.index.value;
  const positions = tf.range(0, maxLength, 1, "int32");
  // The index is not known to the program, so each position decides by itself whether it takes a new row.
  const offsets = tf.sub(positions, index);
  const isNew = tf.logicalAnd(tf.greaterEqual(offsets, 0), tf.less(offsets, length));
  const written = (variable: Cache, news: tf.Tensor) => {
    const spread = length === 1 ? news : tf.gather(news, rowAt(offsets, length), news.rank - 3);
    return tf.where(tf.reshape(isNew, [maxLength, 1, 1]), spread, variable.value);
  };
  const keys = written(cache.key, key);
  const values = written(cache.value, value);
  const last = tf.add(index, tf.scalar(length, "int32"));
  const ends = tf.add(index, tf.range(0, length, 1, "int32"));
  const visible = tf.lessEqual(tf.expandDims(positions, 0), tf.expandDims(ends, 1));
  const hasRoom = tf.lessEqual(last, maxLength);
  cache.key.value = keys;
  cache.value.value = values;
  cache.index.value = last;
  return { key: keys, value: values, visible, hasRoom };
}

/** The row of the new ones for each offset; some row where there is none. */
function rowAt(offsets: tf.Tensor, length: number): tf.Tensor {
  return tf.minimum(tf.maximum(offsets, tf.scalar(0, "int32")), tf.scalar(length - 1, "int32"));
}
