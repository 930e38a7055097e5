/** @file Single products and convolutions, as TensorFlow.js and jax-js are asked for them. */
import { lax, numpy as np } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs-core";

/** One product. Both sides get operands with the same elements, each in its own order. */
export interface ProductCase {
  readonly title: string;
  /** Additions and multiplications. */
  readonly flops: number;
  /** In elements. */
  readonly resultSize: number;
  /** Shapes of the operands for TensorFlow.js, and the orders of axes in which jax-js has them. */
  readonly shapes: readonly [readonly number[], readonly number[]];
  readonly orders?: readonly [readonly number[], readonly number[]];
  readonly inTfjs: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
  /** Takes both arrays, as functions of jax-js do. */
  readonly inJaxJs: (a: np.Array, b: np.Array) => np.Array;
}

interface Matrices {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: readonly number[];
  readonly transposeB?: boolean;
}

function matrices({ m, n, k, batch = [], transposeB = false }: Matrices): ProductCase {
  const count = batch.reduce((all, size) => all * size, 1);
  return {
    title: `${count > 1 ? `${count} times ` : ""}${m}x${k} by ${k}x${n}${transposeB ? ", transposed" : ""}`,
    flops: 2 * count * m * n * k,
    resultSize: count * m * n,
    shapes: [
      [...batch, m, k],
      [...batch, ...(transposeB ? [n, k] : [k, n])],
    ],
    inTfjs: (a, b) => tf.matMul(a, b, false, transposeB),
    inJaxJs: (a, b) => np.matmul(a, transposeB ? np.swapaxes(b, -1, -2) : b),
  };
}

interface Image {
  readonly batch: number;
  readonly side: number;
  readonly from: number;
  readonly to: number;
  readonly window: number;
}

/** A convolution that leaves the size of images as it is. */
function convolution({ batch, side, from, to, window }: Image): ProductCase {
  return {
    title: `${batch} images of ${side}x${side}, ${window}x${window}, ${from} to ${to} channels`,
    flops: 2 * batch * side * side * window * window * from * to,
    resultSize: batch * side * side * to,
    shapes: [
      [batch, side, side, from],
      [window, window, from, to],
    ],
    orders: [
      [0, 3, 1, 2],
      [3, 2, 0, 1],
    ],
    inTfjs: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"),
    inJaxJs: (x, filter) => lax.conv(x, filter, [1, 1], "SAME"),
  };
}

/** By name. */
export const PRODUCTS = {
  "matmul-2048": matrices({ m: 2048, n: 2048, k: 2048 }),
  "matmul-512": matrices({ m: 512, n: 512, k: 512 }),
  "row-4096": matrices({ m: 1, n: 4096, k: 4096 }),
  "rows-4096": matrices({ m: 8, n: 4096, k: 4096 }),
  "attention-scores": matrices({ m: 256, n: 256, k: 64, batch: [8, 12], transposeB: true }),
  "attention-values": matrices({ m: 256, n: 64, k: 256, batch: [8, 12] }),
  "conv-3x3": convolution({ batch: 8, side: 56, from: 64, to: 64, window: 3 }),
  "conv-1x1": convolution({ batch: 8, side: 28, from: 128, to: 512, window: 1 }),
  "conv-first": convolution({ batch: 8, side: 224, from: 3, to: 32, window: 3 }),
  "small-matmul": matrices({ m: 32, n: 48, k: 64 }),
  "small-conv": convolution({ batch: 2, side: 8, from: 4, to: 8, window: 3 }),
} as const satisfies Record<string, ProductCase>;

/** A name of {@link PRODUCTS}. */
export type ProductName = keyof typeof PRODUCTS;

/** Those that say something about a GPU; the others show quickly that everything works. */
export const LARGE_PRODUCTS = (Object.keys(PRODUCTS) as ProductName[]).filter(
  (name) => !name.startsWith("small"),
);
