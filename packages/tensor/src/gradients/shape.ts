/** @file Gradients of kernels that rearrange, join, split or repeat elements. */
import * as tf from "@tensorflow/tfjs-core";
import { gradient, type InputGradients, listGradient, viewOf, zeros } from "./gradient.ts";

export const shapeGradients: tf.GradConfig[] = [
  gradient<never, tf.BatchToSpaceNDAttrs>(tf.BatchToSpaceND, [], (dy, _, { blockShape, crops }) => ({
    x: () => tf.spaceToBatchND(dy, blockShape, crops),
  })),
  listGradient<tf.ConcatAttrs>(tf.Concat, (dy, inputs, { axis }) => {
    const [along = 0] = tf.util.parseAxisParam(axis, dy.shape);
    let end = 0;
    return inputs.map((input) => {
      const start = end;
      end += input.shape[along] ?? 0;
      const begin = dy.shape.map((_, i) => (i === along ? start : 0));
      return () => tf.slice(dy, begin, input.shape);
    });
  }),
  gradient(tf.Diag, [], (dy) => ({
    x: () => {
      const shape = dy.shape.slice(0, dy.rank / 2);
      const size = tf.util.sizeFromShape(shape);
      const places = tf.range(0, size * size, size + 1, "int32");
      return tf.reshape(tf.gather(tf.reshape(dy, [size * size]), places), shape);
    },
  })),
  gradient<never, tf.ExpandDimsAttrs>(tf.ExpandDims, [], (dy, _, { dim }) => ({
    input: () => tf.squeeze(dy, [dim < 0 ? dim + dy.rank : dim]),
  })),
  gradient<never, tf.PackAttrs>(tf.Pack, [], (dy, _, { axis }) => {
    const [along = 0] = tf.util.parseAxisParam(axis, dy.shape);
    const size = dy.shape.map((length, i) => (i === along ? 1 : length));
    const part = (index: number) => () => {
      const begin = dy.shape.map((_, i) => (i === along ? index : 0));
      return tf.squeeze(tf.slice(dy, begin, size), [along]);
    };
    return Object.fromEntries(Array.from({ length: dy.shape[along] ?? 0 }, (_, i) => [i, part(i)]));
  }),
  gradient(tf.Reshape, ["x"], (dy, { x }) => ({ x: () => tf.reshape(dy, x.shape) })),
  gradient<never, tf.ReverseAttrs>(tf.Reverse, [], (dy, _, { dims }) => ({ x: () => tf.reverse(dy, dims) })),
  gradient<never, tf.SpaceToBatchNDAttrs>(tf.SpaceToBatchND, [], (dy, _, { blockShape, paddings }) => ({
    x: () => tf.batchToSpaceND(dy, blockShape, paddings),
  })),
  manyOutputs<tf.SplitVAttrs>(tf.SplitV, (dys, { axis }) => ({ x: () => tf.concat(dys, axis) })),
  gradient<"x", tf.TileAttrs>(tf.Tile, ["x"], (dy, { x }, { reps }) => ({
    x: () => (reps.includes(0) ? zeros(x.shape) : sumOfRepeats(dy, reps)),
  })),
  gradient<never, tf.TransposeAttrs>(tf.Transpose, [], (dy, _, { perm }) => ({
    x: () =>
      tf.transpose(
        dy,
        perm.map((_axis, i) => perm.indexOf(i)),
      ),
  })),
  manyOutputs<tf.UnpackAttrs>(tf.Unpack, (dys, { axis }) => ({ value: () => tf.stack(dys, axis) })),
];

/** TensorFlow.js gives a list of gradients, but the one gradient itself when the kernel had one output. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the kernel's own attributes, which TensorFlow.js types loosely
function manyOutputs<Attrs>(
  kernelName: string,
  backward: (dys: tf.Tensor[], attrs: Attrs) => InputGradients,
): tf.GradConfig {
  return {
    kernelName,
    gradFunc: (dy, _, attrs) => backward(Array.isArray(dy) ? dy : [dy], attrs as Attrs),
  };
}

/** Adds up the copies that Tile made: first all repeated axes of size 1 at once, then the others one by one. */
function sumOfRepeats(dy: tf.Tensor, reps: number[]): tf.Tensor {
  const shape = dy.shape.map((size, i) => size / (reps[i] ?? 1));
  const repeated = [...shape.keys()].filter((i) => reps[i] !== 1);
  if (repeated.length === 0) return viewOf(dy);
  const broadcast = repeated.filter((i) => shape[i] === 1);
  let sum = broadcast.length > 0 ? tf.sum(dy, broadcast, true) : dy;
  for (const axis of repeated.filter((i) => shape[i] !== 1)) {
    const before = tf.util.sizeFromShape(sum.shape.slice(0, axis));
    const rest = tf.util.sizeFromShape(sum.shape.slice(axis)) / (reps[axis] ?? 1);
    const copies = tf.reshape(sum, [before, reps[axis] ?? 1, rest]);
    sum = tf.reshape(tf.sum(copies, 1), [
      ...sum.shape.slice(0, axis),
      ...shape.slice(axis, axis + 1),
      ...sum.shape.slice(axis + 1),
    ]);
  }
  return sum;
}
