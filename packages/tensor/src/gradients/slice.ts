/** @file Gradients of kernels that cut a part out of a tensor or put a border around it. */
import * as tf from "@tensorflow/tfjs-core";
import { denseSlice } from "../kernels/strided/slice.ts";
import { gradient, zeros } from "./gradient.ts";

export const sliceGradients: tf.GradConfig[] = [
  gradient<never, tf.MirrorPadAttrs>(tf.MirrorPad, [], (dy, _, { paddings, mode }) => ({
    x: () =>
      paddings.reduce<tf.Tensor>(
        (grad, [before, after], axis) => foldMirror(grad, axis, before, after, mode === "reflect" ? 1 : 0),
        tf.reshape(dy, dy.shape),
      ),
  })),
  gradient<never, tf.PadV2Attrs>(tf.PadV2, [], (dy, _, { paddings }) => ({
    x: () =>
      tf.slice(
        dy,
        paddings.map(([before]) => before),
        paddings.map(([before, after], i) => (dy.shape[i] ?? 0) - before - after),
      ),
  })),
  gradient<"x", tf.SliceAttrs>(tf.Slice, ["x"], (dy, { x }, { begin, size }) => ({
    x: () => {
      // The sizes that are given as -1 are those that the output has.
      const [starts] = tf.slice_util.parseSliceParams(x, begin, size);
      return padTo(dy, x.shape, starts ?? []);
    },
  })),
  gradient<"x", tf.StridedSliceAttrs>(tf.StridedSlice, ["x"], (dy, { x }, attrs) => ({
    x: () => {
      // The output's axes in those of the input, without new axes and with dropped ones.
      const { begin, strides, sizes } = denseSlice(x.shape, attrs);
      if (dy.size === 0) return zeros(x.shape);
      const spread = strides.reduce(spreadAxis, tf.reshape(dy, [...sizes]));
      // A negative stride ends at its lowest index.
      const lowest = begin.map((start, i) => start + Math.min(0, ((sizes[i] ?? 1) - 1) * (strides[i] ?? 1)));
      return padTo(spread, x.shape, lowest);
    },
  })),
];

/** Puts `part` into zeros of `shape`, starting at `begin`. */
function padTo(part: tf.Tensor, shape: number[], begin: number[]): tf.Tensor {
  // Where nothing was taken, it may have begun anywhere.
  if (part.size === 0) return zeros(shape);
  return tf.pad(
    part,
    begin.map((start, i) => [start, (shape[i] ?? 0) - start - (part.shape[i] ?? 0)] as [number, number]),
  );
}

/** Puts `|stride| - 1` zeros between the elements along an axis, in reverse order for a negative stride. */
function spreadAxis(grad: tf.Tensor, stride: number, axis: number): tf.Tensor {
  const ordered = stride < 0 ? tf.reverse(grad, axis) : grad;
  const gap = Math.abs(stride);
  const size = grad.shape[axis] ?? 0;
  if (gap === 1 || size < 2) return ordered;
  const lead = tf.util.sizeFromShape(grad.shape.slice(0, axis + 1));
  const rest = tf.util.sizeFromShape(grad.shape.slice(axis + 1));
  const spaced = tf.pad(tf.reshape(ordered, [lead, 1, rest]), [
    [0, 0],
    [0, gap - 1],
    [0, 0],
  ]);
  const shape = grad.shape.map((length, i) => (i === axis ? length * gap : length));
  const full = tf.reshape(spaced, shape);
  // The last element has no zeros after it: they could reach past the end of the input.
  return tf.slice(
    full,
    shape.map(() => 0),
    shape.map((length, i) => (i === axis ? length - gap + 1 : length)),
  );
}

/** Adds the two mirrored borders along an axis back to the elements that they are copies of. */
function foldMirror(grad: tf.Tensor, axis: number, before: number, after: number, offset: number): tf.Tensor {
  if (before + after === 0) return grad;
  const padded = grad.shape[axis] ?? 0;
  const size = padded - before - after;
  const shape = grad.shape.map((length, i) => (i === axis ? size : length));
  const at = (start: number) => grad.shape.map((_, i) => (i === axis ? start : 0));
  const part = (start: number, length: number) =>
    tf.slice(
      grad,
      at(start),
      grad.shape.map((full, i) => (i === axis ? length : full)),
    );
  const mirrored = (start: number, length: number, to: number) =>
    padTo(tf.reverse(part(start, length), axis), shape, at(to));
  let sum = part(before, size);
  if (before > 0) sum = tf.add(sum, mirrored(0, before, offset));
  if (after > 0) sum = tf.add(sum, mirrored(before + size, after, size - after - offset));
  return sum;
}
