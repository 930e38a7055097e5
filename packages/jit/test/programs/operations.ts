/** @file The operations that random programs are made of, as TensorFlow.js computes them and exactly. */
import * as tf from "@tensorflow/tfjs-core";
import { type Array64, broadcast, generate, read, reduceAxis, sizeOf } from "./array.ts";

/** Two operands; operations on one take no notice of the second. */
export type Operands<T> = readonly [T, T];

/** An operation; `pick` is a number from 0 to 999 that decides what is free. */
export interface Operation {
  /** For messages. */
  readonly name: string;
  /** Whether it can be applied to operands of these shapes. */
  readonly fits: (...shapes: Operands<readonly number[]>) => boolean;
  readonly tensor: (pick: number, ...xs: Operands<tf.Tensor>) => tf.Tensor;
  readonly exact: (pick: number, ...xs: Operands<Array64>) => Array64;
}

function unary(name: string, tensor: (x: tf.Tensor) => tf.Tensor, exact: (x: number) => number): Operation {
  return {
    name,
    fits: () => true,
    tensor: (_, x) => tensor(x),
    exact: (_, x) => ({ shape: x.shape, data: x.data.map(exact) }),
  };
}

function binary(
  name: string,
  tensor: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  exact: (a: number, b: number) => number,
): Operation {
  return {
    name,
    fits: (a, b) => broadcast(a, b) !== undefined,
    tensor: (_, a, b) => tensor(a, b),
    exact: (_, a, b) => generate(broadcast(a.shape, b.shape)!, (i) => exact(read(a, i), read(b, i))),
  };
}

/** An operation along one axis, which `pick` chooses. */
function along(
  name: string,
  tensor: (x: tf.Tensor, axis: number) => tf.Tensor,
  exact: (x: Array64, axis: number) => Array64,
): Operation {
  return {
    name,
    fits: (shape) => shape.length > 0,
    tensor: (pick, x) => tensor(x, pick % x.rank),
    exact: (pick, x) => exact(x, pick % x.shape.length),
  };
}

function reduction(
  name: string,
  tensor: (x: tf.Tensor, axis: number, keepDims: boolean) => tf.Tensor,
  combine: (values: number[]) => number,
): Operation[] {
  return [true, false].map((keepDims) =>
    along(
      keepDims ? `${name} kept` : name,
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
    name: "transpose",
    fits: () => true,
    tensor: (_, x) => tf.transpose(x),
    exact: (_, x) => moved(x, flipped(x.shape), flipped),
  },
  {
    name: "reshape",
    fits: () => true,
    tensor: (_, x) => tf.reshape(x, [1, x.size]),
    exact: (_, x) => ({ shape: [1, sizeOf(x.shape)], data: x.data }),
  },
  along(
    "reverse",
    (x, axis) => tf.reverse(x, axis),
    (x, axis) => moved(x, x.shape, (index) => replaced(index, axis, x.shape[axis]! - 1 - index[axis]!)),
  ),
  // The second half.
  along(
    "slice",
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
    "pad",
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
    "concat",
    (x, axis) => tf.concat([x, tf.neg(x)], axis),
    (x, axis) =>
      generate(replaced(x.shape, axis, 2 * x.shape[axis]!), (index) => {
        const [at, length] = [index[axis]!, x.shape[axis]!];
        const value = read(x, replaced(index, axis, at % length));
        return at < length ? value : -value;
      }),
  ),
  along(
    "gather",
    (x, axis) => tf.gather(x, tf.tensor1d([0, x.shape[axis]! - 1, 0], "int32"), axis),
    (x, axis) =>
      moved(x, replaced(x.shape, axis, 3), (index) =>
        replaced(index, axis, index[axis] === 1 ? x.shape[axis]! - 1 : 0),
      ),
  ),
  along(
    "tile",
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
    "unstack",
    (x, axis) =>
      tf.stack(
        tf.unstack(x, axis).map((part, i) => tf.mul(part, i + 1)),
        axis,
      ),
    (x, axis) => generate(x.shape, (index) => (index[axis]! + 1) * read(x, index)),
  ),
  along(
    "cumsum",
    (x, axis) => tf.cumsum(x, axis),
    (x, axis) =>
      generate(x.shape, (index) =>
        sum(Array.from({ length: index[axis]! + 1 }, (_, k) => read(x, replaced(index, axis, k)))),
      ),
  ),
];

const matMul: Operation = {
  name: "matMul",
  fits: (a, b) => a.length === 2 && b.length === 2 && a[1] === b[1],
  tensor: (_, a, b) => tf.matMul(a, b, false, true),
  exact: (_, a, b) =>
    generate([a.shape[0]!, b.shape[0]!], ([i, j]) =>
      sum(Array.from({ length: a.shape[1]! }, (_, k) => read(a, [i!, k]) * read(b, [j!, k]))),
    ),
};

const softmax: Operation = {
  name: "softmax",
  fits: (shape) => shape.length > 0,
  tensor: (_, x) => tf.softmax(x),
  exact: (_, x) => {
    const last = x.shape.length - 1;
    const powers: Array64 = { shape: x.shape, data: x.data.map(Math.exp) };
    const sums = reduceAxis(powers, last, sum);
    return generate(x.shape, (index) => read(powers, index) / read(sums, index));
  },
};

/** A fixed tensor of a shape, for filters and other parameters. */
const fixed = (shape: readonly number[]): Array64 => ({
  shape,
  data: Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(Math.sin(1 + 2 * i) / 2)),
});

const tensorOf = ({ shape, data }: Array64) => tf.tensor([...data], [...shape], "float32");

/** On images [height, width, channels]: windows of `size` rows and columns, `stride` apart, nothing around. */
function windows(
  name: string,
  [size, stride]: readonly [number, number],
  tensor: (x: tf.Tensor4D) => tf.Tensor4D,
  exact: (x: Array64, corner: readonly [number, number], channel: number) => number,
  channelsOf: (channels: number) => number = (channels) => channels,
): Operation {
  const places = (length: number) => Math.floor((length - size) / stride) + 1;
  return {
    name,
    fits: ({ length, 0: height = 0, 1: width = 0 }) => length === 3 && height >= size && width >= size,
    tensor: (_, x) => tf.squeeze(tensor(tf.expandDims(x)), [0]),
    exact: (_, x) => {
      const [height, width, channels] = x.shape as [number, number, number];
      return generate([places(height), places(width), channelsOf(channels)], ([i, j, channel]) =>
        exact(x, [i! * stride, j! * stride], channel!),
      );
    },
  };
}

/** The elements of one channel in a window of two rows and columns. */
const inWindow = (x: Array64, [i, j]: readonly [number, number], channel: number) =>
  [0, 1, 2, 3].map((k) => read(x, [i + (k >> 1), j + (k & 1), channel]));

const images: Operation[] = [
  windows(
    "conv2d",
    [2, 1],
    (x) => tf.conv2d(x, tensorOf(fixed([2, 2, x.shape[3], 3])) as tf.Tensor4D, 1, "valid"),
    (x, corner, out) => {
      const channels = x.shape[2]!;
      const filter = fixed([2, 2, channels, 3]);
      const terms = Array.from({ length: channels }, (_, channel) =>
        inWindow(x, corner, channel).map((value, k) => value * read(filter, [k >> 1, k & 1, channel, out])),
      );
      return sum(terms.flat());
    },
    () => 3,
  ),
  windows(
    "depthwiseConv2d",
    [2, 2],
    (x) => tf.depthwiseConv2d(x, tensorOf(fixed([2, 2, x.shape[3], 1])) as tf.Tensor4D, 2, "valid"),
    (x, corner, channel) => {
      const filter = fixed([2, 2, x.shape[2]!, 1]);
      return sum(
        inWindow(x, corner, channel).map((value, k) => value * read(filter, [k >> 1, k & 1, channel, 0])),
      );
    },
  ),
  windows(
    "maxPool",
    [2, 1],
    (x) => tf.maxPool(x, 2, 1, "valid"),
    (x, corner, channel) => Math.max(...inWindow(x, corner, channel)),
  ),
  windows(
    "avgPool",
    [2, 2],
    (x) => tf.avgPool(x, 2, 2, "valid"),
    (x, corner, channel) => sum(inWindow(x, corner, channel)) / 4,
  ),
];

/** By the rows of a fixed matrix, or several at once. */
const products: Operation[] = [
  {
    name: "dense",
    fits: (shape) => shape.length >= 2,
    tensor: (_, x) => {
      const inner = x.shape.at(-1)!;
      const flat = tf.reshape(x, [-1, inner]);
      const y = tf.matMul(flat, tensorOf(fixed([inner, 3])));
      return tf.reshape(y, [...x.shape.slice(0, -1), 3]);
    },
    exact: (_, x) => {
      const inner = x.shape.at(-1)!;
      const matrix = fixed([inner, 3]);
      return generate([...x.shape.slice(0, -1), 3], (index) =>
        sum(
          Array.from(
            { length: inner },
            (_, k) => read(x, [...index.slice(0, -1), k]) * read(matrix, [k, index.at(-1)!]),
          ),
        ),
      );
    },
  },
  {
    name: "product with its transpose",
    fits: (shape) => shape.length >= 2,
    tensor: (_, x) => tf.div(tf.matMul(x, x, false, true), x.shape.at(-1)!),
    exact: (_, x) => {
      const [rows, inner] = x.shape.slice(-2) as [number, number];
      return generate([...x.shape.slice(0, -2), rows, rows], (index) => {
        const outer = index.slice(0, -2);
        const [i, j] = index.slice(-2) as [number, number];
        return (
          sum(
            Array.from({ length: inner }, (_, k) => read(x, [...outer, i, k]) * read(x, [...outer, j, k])),
          ) / inner
        );
      });
    },
  },
];

const more: Operation[] = [
  unary(
    "softplus",
    (x) => tf.softplus(x),
    (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0),
  ),
  unary(
    "elu",
    (x) => tf.elu(x),
    (x) => (x < 0 ? Math.expm1(x) : x),
  ),
  unary(
    "leakyRelu",
    (x) => tf.leakyRelu(x, 0.125),
    (x) => (x < 0 ? 0.125 * x : x),
  ),
  unary("atan", (x) => tf.atan(x), Math.atan),
  unary("asinh", (x) => tf.asinh(x), Math.asinh),
  unary(
    "expm1 of tanh",
    (x) => tf.expm1(tf.tanh(x)),
    (x) => Math.expm1(Math.tanh(x)),
  ),
  unary(
    "power",
    (x) => tf.pow(tf.add(tf.abs(x), 0.5), 1.5),
    (x) => (Math.abs(x) + 0.5) ** 1.5,
  ),
  unary(
    "reciprocal root",
    (x) => tf.rsqrt(tf.add(tf.square(x), 1)),
    (x) => 1 / Math.sqrt(x * x + 1),
  ),
  binary(
    "atan2",
    (a, b) => tf.atan2(a, tf.add(tf.abs(b), 0.5)),
    (a, b) => Math.atan2(a, Math.abs(b) + 0.5),
  ),
  binary(
    "choice",
    (a, b) => tf.where(tf.less(a, b), tf.sin(a), tf.mul(b, 0.5)),
    (a, b) => (a < b ? Math.sin(a) : 0.5 * b),
  ),
  ...reduction(
    "min",
    (x, axis, keep) => tf.min(x, axis, keep),
    (values) => Math.min(...values),
  ),
  ...reduction(
    "logSumExp",
    (x, axis, keep) => tf.logSumExp(x, axis, keep),
    (values) => Math.log(sum(values.map(Math.exp))),
  ),
  ...reduction(
    "prod of cos",
    (x, axis, keep) => tf.prod(tf.cos(x), axis, keep),
    (values) => values.map(Math.cos).reduce((a, b) => a * b, 1),
  ),
  along(
    "every second, backwards",
    (x, axis) => {
      const strides = x.shape.map((_, i) => (i === axis ? -2 : 1));
      const begin = x.shape.map((length, i) => (i === axis ? length - 1 : 0));
      const end = x.shape.map((length, i) => (i === axis ? -length - 1 : length));
      return tf.stridedSlice(x, begin, end, strides);
    },
    (x, axis) =>
      moved(x, replaced(x.shape, axis, half(x.shape[axis]!)), (index) =>
        replaced(index, axis, x.shape[axis]! - 1 - 2 * index[axis]!),
      ),
  ),
  along(
    "mirrorPad",
    (x, axis) =>
      tf.mirrorPad(
        x,
        x.shape.map((_, i): [number, number] => (i === axis ? [1, 0] : [0, 0])),
        "symmetric",
      ),
    (x, axis) =>
      moved(x, replaced(x.shape, axis, x.shape[axis]! + 1), (index) =>
        replaced(index, axis, Math.max(0, index[axis]! - 1)),
      ),
  ),
  along(
    "segment sum",
    (x, axis) => {
      const rows = tf.transpose(
        x,
        [axis, ...x.shape.keys()].filter((at, i) => i === 0 || at !== axis),
      );
      return tf.unsortedSegmentSum(
        rows,
        tf.tensor1d(
          Array.from({ length: x.shape[axis]! }, (_, i) => (i * 2) % 3),
          "int32",
        ),
        3,
      );
    },
    (x, axis) => {
      const rest = x.shape.filter((_, i) => i !== axis);
      return generate([3, ...rest], ([segment, ...others]) => {
        const all = Array.from({ length: x.shape[axis]! }, (_, i) => i).filter(
          (i) => (i * 2) % 3 === segment,
        );
        return sum(all.map((i) => read(x, [...others.slice(0, axis), i, ...others.slice(axis)])));
      });
    },
  ),
  {
    name: "two rows by number",
    fits: (shape) => shape.length >= 2,
    tensor: (_, x) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [x.shape[0] - 1, 0],
            [0, x.shape[1]! - 1],
          ],
          [2, 2],
          "int32",
        ),
      ),
    exact: (_, x) =>
      generate([2, ...x.shape.slice(2)], ([i, ...rest]) =>
        read(x, i === 0 ? [x.shape[0]! - 1, 0, ...rest] : [0, x.shape[1]! - 1, ...rest]),
      ),
  },
  {
    name: "normalised",
    fits: (shape) => shape.length > 0,
    tensor: (_, x) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 0.1)));
    },
    exact: (_, x) => {
      const last = x.shape.length - 1;
      const mean = reduceAxis(x, last, (values) => sum(values) / values.length);
      const variance = reduceAxis(x, last, (values) => {
        const center = sum(values) / values.length;
        return sum(values.map((value) => (value - center) ** 2)) / values.length;
      });
      return generate(
        x.shape,
        (index) => (read(x, index) - read(mean, index)) / Math.sqrt(read(variance, index) + 0.1),
      );
    },
  },
];

/** All of them. Each keeps numbers of moderate size moderate. */
export const OPERATIONS: readonly Operation[] = [
  unary("tanh", tf.tanh, Math.tanh),
  unary("sigmoid", tf.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  unary("relu", tf.relu, (x) => Math.max(x, 0)),
  unary("abs", tf.abs, Math.abs),
  unary(
    "exp of tanh",
    (x) => tf.exp(tf.tanh(x)),
    (x) => Math.exp(Math.tanh(x)),
  ),
  unary(
    "log of 1 + square",
    (x) => tf.log(tf.add(tf.square(x), 1)),
    (x) => Math.log1p(x * x),
  ),
  unary(
    "sqrt of 0.5 + square",
    (x) => tf.sqrt(tf.add(tf.square(x), 0.5)),
    (x) => Math.sqrt(x * x + 0.5),
  ),
  unary("sin", (x) => tf.sin(x), Math.sin),
  unary("cos", (x) => tf.cos(x), Math.cos),
  unary(
    "where",
    (x) => tf.where(tf.greater(x, 0.25), tf.mul(x, 2), tf.neg(x)),
    (x) => (x > 0.25 ? 2 * x : -x),
  ),
  unary(
    "clip",
    (x) => tf.clipByValue(x, -0.5, 0.75),
    (x) => Math.min(Math.max(x, -0.5), 0.75),
  ),
  binary("add", tf.add, (a, b) => a + b),
  binary("sub", tf.sub, (a, b) => a - b),
  binary(
    "mul",
    (a, b) => tf.mul(tf.tanh(a), b),
    (a, b) => Math.tanh(a) * b,
  ),
  binary(
    "div",
    (a, b) => tf.div(a, tf.add(tf.abs(b), 1)),
    (a, b) => a / (Math.abs(b) + 1),
  ),
  binary("maximum", tf.maximum, Math.max),
  binary("minimum", tf.minimum, Math.min),
  binary("squaredDifference", tf.squaredDifference, (a, b) => (a - b) ** 2),
  ...reduction(
    "mean",
    (x, axis, keep) => tf.mean(x, axis, keep),
    (values) => sum(values) / values.length,
  ),
  ...reduction("sum", (x, axis, keep) => tf.sum(x, axis, keep), sum),
  ...reduction(
    "max",
    (x, axis, keep) => tf.max(x, axis, keep),
    (values) => Math.max(...values),
  ),
  ...layout,
  matMul,
  softmax,
  ...images,
  ...products,
  ...more,
];
