/** @file Keys from keys: split, taken, folded; and the count that is folded in. */
import * as tf from "@tensorflow/tfjs-core";
import { runKernel } from "../kernels/run.ts";
import { checkInt32Scalar, checkInteger, checkKey, checkKeys } from "./check.ts";

/**
 * `n` new keys, `[2] → [n, 2]`; row `i` equals `foldIn(key, i)`.
 *
 * @throws {RandomArgumentError} if `key` is not a key, or `n` not an integer from 0 up
 * @see `jax.random.split`
 */
export function split(key: tf.Tensor, n = 2): tf.Tensor2D {
  checkKey("split", key);
  checkInteger("random.split: n", n, "For instance random.split(key, 3).", [0, 2 ** 31]);
  // The shape rule of the kernel gives rank 2.
  return runKernel("ThreefrySplit", { key }, { n }) as tf.Tensor2D;
}

/**
 * Row `i` of several keys, `[n, 2] → [2]`. `tf.slice` and `tf.gather` would round the words on webgl and webgpu.
 *
 * @param i from 0 to n - 1
 * @throws {RandomArgumentError} if `keys` are not keys, or there is no row `i`
 */
export function take(keys: tf.Tensor, i: number): tf.Tensor1D {
  checkKeys("take", keys);
  const n = keys.shape[0];
  checkInteger("random.take: i", i, `There are ${n} keys.`, [0, n]);
  return runKernel("ThreefryTake", { keys }, { index: i }) as tf.Tensor1D;
}

/**
 * A new key from a key and a number, `[2] → [2]`.
 *
 * @param data an integer of 32 bits, signed or unsigned, or an int32 scalar tensor
 * @throws {RandomArgumentError} if `key` is not a key, or `data` is something else
 * @see `jax.random.fold_in`
 */
export function foldIn(key: tf.Tensor, data: number | tf.Tensor): tf.Tensor1D {
  checkKey("foldIn", key);
  if (data instanceof tf.Tensor) {
    checkInt32Scalar("random.foldIn: data", data);
    return runKernel("ThreefryFoldIn", { key, data }, { data: 0 }) as tf.Tensor1D;
  }
  checkInteger("random.foldIn: data", data, "For instance random.foldIn(key, 1).");
  return runKernel("ThreefryFoldIn", { key }, { data: data | 0 }) as tf.Tensor1D;
}

/**
 * An int32 scalar plus 1, as uint32 (0xffffffff becomes 0), exact on every backend: `tf.add` counts in float32 on
 * webgl and webgpu. A count that an operation has moved to a texture of webgl is a float there: exact up to 2 ** 24,
 * where it stays.
 *
 * @throws {RandomArgumentError} if `count` is not an int32 scalar tensor
 */
export function increment(count: tf.Tensor): tf.Scalar {
  checkInt32Scalar("random.increment: count", count);
  return runKernel("Increment", { count }, {}) as tf.Scalar;
}
