/** @file The operations that random programs are made of, as TensorFlow.js computes them and exactly. */
import * as tf from "@tensorflow/tfjs-core";
import { type Array64, broadcast, generate, read, reduceAxis, sizeOf } from "./array.ts";

/** Two operands; operations on one take no notice of the second. */
export type Operands<T> = readonly [T, T];

/** An operation; `pick` is a number from 0 to 999 that decides what is free. */
export interface Operation {
  /** Whether it can be applied to operands of these shapes. */
  readonly fits: (...shapes: Operands<readonly number[]>) => boolean;
  readonly tensor: (pick: number, ...xs: Operands<tf.Tensor>) => tf.Tensor;
  readonly exact: (pick: number, ...xs: Operands<Array64>) => Array64;
}

function unary(tensor: (x: tf.Tensor) => tf.Tensor, exact: (x: number) => number): Operation {
  return {
    fits: () => true,
    tensor: (_, x) => tensor(x),
    exact: (_, x) => ({ shape: x.shape, data: x.data.map(exact) }),
  };
}

function binary(
  tensor: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  exact: (a: number, b: number) => number,
): Operation {
  return {
    fits: (a, b) => broadcast(a, b) !== undefined,
    tensor: (_, a, b) => tensor(a, b),
    exact: (_, a, b) => generate(broadcast(a.shape, b.shape)!, (i) => exact(read(a, i), read(b, i))),
  };
}

/** An operation along one axis, which `pick` chooses. */
function along(
  tensor: (x: tf.Tensor, axis: number) => tf.Tensor,
  exact: (x: Array64, axis: number) => Array64,
): Operation {
  return {
    fits: (shape) => shape.length > 0,
    tensor: (pick, x) => tensor(x, pick % x.rank),
    exact: (pick, x) => exact(x, pick % x.shape.length),
  };
}

function reduction(
  tensor: (x: tf.Tensor, axis: number, keepDims: boolean) => tf.Tensor,
  combine: (values: number[]) => number,
): Operation[] {
  return [true, false].map((keepDims) =>
    along(
      (x, axis) => tensor(x, axis, keepDims),
      (x, axis) => {
        const { shape, data } = reduceAxis(x, axis, combine);
        return { shape: keepDims ? shape : shape.filter((_, i) => i !== axis), data };
      },
    ),
  );
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

/** As an array of the same shape, with the elements found elsewhere. */
function moved(x: Array64, shape: readonly number[], from: (index: readonly number[]) => number[]): Array64 {
  return generate(shape, (index) => read(x, from(index)));
}

function replaced(index: readonly number[], axis: number, by: number): number[] {
  return index.map((i, at) => (at === axis ? by : i));
}

const flipped = (list: readonly number[]) => list.map((_, i) => list[list.length - 1 - i]!);

const half = (length: number) => Math.ceil(length / 2);

const layout: Operation[] = [
  {
    fits: () => true,
    tensor: (_, x) => tf.transpose(x),
    exact: (_, x) => moved(x, flipped(x.shape), flipped),
  },
  {
    fits: () => true,
    tensor: (_, x) => tf.reshape(x, [1, x.size]),
    exact: (_, x) => ({ shape: [1, sizeOf(x.shape)], data: x.data }),
  },
  along(
    (x, axis) => tf.reverse(x, axis),
    (x, axis) => moved(x, x.shape, (index) => replaced(index, axis, x.shape[axis]! - 1 - index[axis]!)),
  ),
  // The second half.
  along(
    (x, axis) => {
      const begin = x.shape.map((length, i) => (i === axis ? length - half(length) : 0));
      return tf.slice(x, begin);
    },
    (x, axis) => {
      const length = half(x.shape[axis]!);
      return moved(x, replaced(x.shape, axis, length), (index) =>
        replaced(index, axis, index[axis]! + x.shape[axis]! - length),
      );
    },
  ),
  along(
    (x, axis) =>
      tf.pad(
        x,
        x.shape.map((_, i): [number, number] => (i === axis ? [1, 0] : [0, 0])),
      ),
    (x, axis) =>
      generate(replaced(x.shape, axis, x.shape[axis]! + 1), (index) =>
        index[axis] === 0 ? 0 : read(x, replaced(index, axis, index[axis]! - 1)),
      ),
  ),
  along(
    (x, axis) => tf.concat([x, tf.neg(x)], axis),
    (x, axis) =>
      generate(replaced(x.shape, axis, 2 * x.shape[axis]!), (index) => {
        const [at, length] = [index[axis]!, x.shape[axis]!];
        const value = read(x, replaced(index, axis, at % length));
        return at < length ? value : -value;
      }),
  ),
  along(
    (x, axis) => tf.gather(x, tf.tensor1d([0, x.shape[axis]! - 1, 0], "int32"), axis),
    (x, axis) =>
      moved(x, replaced(x.shape, axis, 3), (index) =>
        replaced(index, axis, index[axis] === 1 ? x.shape[axis]! - 1 : 0),
      ),
  ),
  along(
    (x, axis) =>
      tf.tile(
        x,
        x.shape.map((_, i) => (i === axis ? 2 : 1)),
      ),
    (x, axis) =>
      moved(x, replaced(x.shape, axis, 2 * x.shape[axis]!), (index) =>
        replaced(index, axis, index[axis]! % x.shape[axis]!),
      ),
  ),
  along(
    (x, axis) =>
      tf.stack(
        tf.unstack(x, axis).map((part, i) => tf.mul(part, i + 1)),
        axis,
      ),
    (x, axis) => generate(x.shape, (index) => (index[axis]! + 1) * read(x, index)),
  ),
  along(
    (x, axis) => tf.cumsum(x, axis),
    (x, axis) =>
      generate(x.shape, (index) =>
        sum(Array.from({ length: index[axis]! + 1 }, (_, k) => read(x, replaced(index, axis, k)))),
      ),
  ),
];

const matMul: Operation = {
  fits: (a, b) => a.length === 2 && b.length === 2 && a[1] === b[1],
  tensor: (_, a, b) => tf.matMul(a, b, false, true),
  exact: (_, a, b) =>
    generate([a.shape[0]!, b.shape[0]!], ([i, j]) =>
      sum(Array.from({ length: a.shape[1]! }, (_, k) => read(a, [i!, k]) * read(b, [j!, k]))),
    ),
};

const softmax: Operation = {
  fits: (shape) => shape.length > 0,
  tensor: (_, x) => tf.softmax(x),
  exact: (_, x) => {
    const last = x.shape.length - 1;
    const powers: Array64 = { shape: x.shape, data: x.data.map(Math.exp) };
    const sums = reduceAxis(powers, last, sum);
    return generate(x.shape, (index) => read(powers, index) / read(sums, index));
  },
};

/** All of them. Each keeps numbers of moderate size moderate. */
export const OPERATIONS: readonly Operation[] = [
  unary(tf.tanh, Math.tanh),
  unary(tf.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  unary(tf.relu, (x) => Math.max(x, 0)),
  unary(tf.abs, Math.abs),
  unary(
    (x) => tf.exp(tf.tanh(x)),
    (x) => Math.exp(Math.tanh(x)),
  ),
  unary(
    (x) => tf.log(tf.add(tf.square(x), 1)),
    (x) => Math.log1p(x * x),
  ),
  unary(
    (x) => tf.sqrt(tf.add(tf.square(x), 0.5)),
    (x) => Math.sqrt(x * x + 0.5),
  ),
  unary((x) => tf.sin(x), Math.sin),
  unary((x) => tf.cos(x), Math.cos),
  unary(
    (x) => tf.where(tf.greater(x, 0.25), tf.mul(x, 2), tf.neg(x)),
    (x) => (x > 0.25 ? 2 * x : -x),
  ),
  unary(
    (x) => tf.clipByValue(x, -0.5, 0.75),
    (x) => Math.min(Math.max(x, -0.5), 0.75),
  ),
  binary(tf.add, (a, b) => a + b),
  binary(tf.sub, (a, b) => a - b),
  binary(
    (a, b) => tf.mul(tf.tanh(a), b),
    (a, b) => Math.tanh(a) * b,
  ),
  binary(
    (a, b) => tf.div(a, tf.add(tf.abs(b), 1)),
    (a, b) => a / (Math.abs(b) + 1),
  ),
  binary(tf.maximum, Math.max),
  binary(tf.minimum, Math.min),
  binary(tf.squaredDifference, (a, b) => (a - b) ** 2),
  ...reduction(
    (x, axis, keep) => tf.mean(x, axis, keep),
    (values) => sum(values) / values.length,
  ),
  ...reduction((x, axis, keep) => tf.sum(x, axis, keep), sum),
  ...reduction(
    (x, axis, keep) => tf.max(x, axis, keep),
    (values) => Math.max(...values),
  ),
  ...layout,
  matMul,
  softmax,
];
