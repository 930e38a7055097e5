/** @file Ways to compute a product. */
import { blockUntilReady, jit as jaxJit, numpy as np } from "@jax-js/jax";
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import type { ProductCase } from "./cases.ts";

/** So many bytes of results wait at most. */
const HELD = 2 ** 28;

/** One way to compute a product. */
export interface ProductContender {
  readonly name: string;
  /** Computes it once more. */
  run(): void | Promise<void>;
  /** Waits until the device has done what was asked of it. */
  finish(): Promise<unknown>;
  /** What it computed last, in the order of jax-js's axes. */
  elements(): Promise<Float32Array>;
  dispose(): void;
}

function withTfjs(
  name: string,
  { orders }: ProductCase,
  compute: () => tf.Tensor,
  dispose = () => {},
): ProductContender {
  let result: tf.Tensor | undefined;
  const latest = () => (result ??= compute());
  return {
    name,
    run() {
      result?.dispose();
      result = compute();
    },
    async finish() {
      // One element, so that what is timed is no copy.
      const first = tf.tidy(() => tf.slice(tf.reshape(latest(), [-1]), 0, 1));
      await first.data();
      first.dispose();
    },
    async elements() {
      const ordered = tf.tidy(() => (orders ? tf.transpose(latest(), [...orders[0]]) : tf.clone(latest())));
      const elements = (await ordered.data()) as Float32Array;
      ordered.dispose();
      return elements;
    },
    dispose() {
      result?.dispose();
      dispose();
    },
  };
}

/** Compiled by `jit`. */
export function compiled(product: ProductCase, a: tf.Tensor, b: tf.Tensor): ProductContender {
  const fn = jit(product.inTfjs);
  return withTfjs(
    "nnx-js, jit",
    product,
    () => fn(a, b),
    () => fn.dispose(),
  );
}

/** A kernel of TensorFlow.js. */
export function eager(product: ProductCase, a: tf.Tensor, b: tf.Tensor): ProductContender {
  return withTfjs("TensorFlow.js", product, () => product.inTfjs(a, b));
}

/** Under the `jit` of jax-js, on its current device. */
export async function inJaxJs(product: ProductCase, a: tf.Tensor, b: tf.Tensor): Promise<ProductContender> {
  const [left, right] = [await arrayOf(a, product.orders?.[0]), await arrayOf(b, product.orders?.[1])];
  const fn = jaxJit((x: np.Array, y: np.Array) => product.inJaxJs(x, y));
  // What is freed before it was waited for is never computed.
  const results: np.Array[] = [];
  const most = Math.max(1, Math.min(256, Math.floor(HELD / (4 * product.resultSize))));
  const finish = async () => {
    await blockUntilReady(results);
    for (const result of results.splice(0)) result.dispose();
  };
  return {
    name: "jax-js, jit",
    run() {
      results.push(fn(left.ref, right.ref));
      return results.length >= most ? finish() : undefined;
    },
    finish,
    elements: async () => (await fn(left.ref, right.ref).data()) as Float32Array,
    dispose() {
      for (const array of [...results, left, right]) array.dispose();
      fn.dispose();
    },
  };
}

/** The elements of `tensor` with its axes in `order`. */
async function arrayOf(tensor: tf.Tensor, order: readonly number[] | undefined): Promise<np.Array> {
  const ordered = order ? tf.transpose(tensor, [...order]) : tf.clone(tensor);
  const elements = Float32Array.from(await ordered.data());
  ordered.dispose();
  return np.array(elements).reshape([...ordered.shape]);
}
