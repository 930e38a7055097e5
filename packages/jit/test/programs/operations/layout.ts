/** @file Operations that put elements elsewhere. */
import * as tf from "@tensorflow/tfjs-core";
import { generate, read, sizeOf } from "../array.ts";
import { along, half, moved, type Operation, replaced, sum } from "./operation.ts";

const flipped = (list: readonly number[]) => list.map((_, i) => list[list.length - 1 - i]!);

export const layout: readonly Operation[] = [
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
];
