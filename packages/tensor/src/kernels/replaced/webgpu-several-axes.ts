/** @file Kernels of webgpu that transpose integers and booleans inside, by a shader that does not compile. */
import * as tf from "@tensorflow/tfjs-core";
import { composed } from "../composed.ts";
import type { Replacement, ReplacedKernel } from "./replacement.ts";

/** Keeps the backend's own for float32. */
function unlessFloat(kernelFunc: tf.KernelFunc): Replacement {
  // Each of these kernels has one input, x.
  return (original) => (params) => (params.inputs["x"]!.dtype === "float32" ? original : kernelFunc)(params);
}

type Fold = { axis: number | number[]; keepDims: boolean };

const isTrue = (fold: typeof tf.max) =>
  composed<"x", Fold>(({ x }, { axis, keepDims }) =>
    tf.cast(fold(tf.cast(x, "int32"), axis, keepDims), "bool"),
  );

/** The places of the axes after the first, each with its block, from [blocks…, batch, rest…] of `tf.reshape`. */
const spread = composed<"x", tf.BatchToSpaceNDAttrs>(({ x }, { blockShape, crops }) => {
  const count = blockShape.length;
  const batch = x.shape[0] / tf.util.sizeFromShape(blockShape);
  const inner = x.shape.slice(1, count + 1);
  const rest = x.shape.slice(count + 1);
  const blocks = tf.reshape(x, [...blockShape, batch, ...inner, ...rest]);
  const order = [
    count,
    ...inner.flatMap((_, i) => [count + 1 + i, i]),
    ...rest.map((_, i) => 2 * count + 1 + i),
  ];
  const lengths = inner.map((length, i) => length * blockShape[i]!);
  const whole = tf.reshape(tf.transpose(blocks, order), [batch, ...lengths, ...rest]);
  const begin = [0, ...crops.map(([low]) => low!), ...rest.map(() => 0)];
  const size = [batch, ...lengths.map((length, i) => length - crops[i]![0]! - crops[i]![1]!), ...rest];
  return tf.slice(whole, begin, size);
});

const gathered = composed<"x", tf.SpaceToBatchNDAttrs>(({ x }, { blockShape, paddings }) => {
  const count = blockShape.length;
  const rest = x.shape.slice(count + 1);
  const pads = [[0, 0], ...paddings, ...rest.map(() => [0, 0])] as [number, number][];
  const padded = tf.pad(x, pads);
  const batch = x.shape[0];
  const inner = blockShape.map((size, i) => padded.shape[i + 1]! / size);
  const blocks = tf.reshape(padded, [
    batch,
    ...inner.flatMap((length, i) => [length, blockShape[i]!]),
    ...rest,
  ]);
  const order = [
    ...blockShape.map((_, i) => 2 * i + 2),
    0,
    ...blockShape.map((_, i) => 2 * i + 1),
    ...rest.map((_, i) => 2 * count + 1 + i),
  ];
  return tf.reshape(tf.transpose(blocks, order), [
    batch * tf.util.sizeFromShape(blockShape),
    ...inner,
    ...rest,
  ]);
});

export const webGpuSeveralAxes: readonly ReplacedKernel[] = [
  [tf.All, unlessFloat(isTrue(tf.min))],
  [tf.Any, unlessFloat(isTrue(tf.max))],
  [tf.BatchToSpaceND, unlessFloat(spread)],
  [
    tf.Mean,
    unlessFloat(
      composed<"x", Fold>(({ x }, { axis, keepDims }) => tf.mean(tf.cast(x, "float32"), axis, keepDims)),
    ),
  ],
  [tf.SpaceToBatchND, unlessFloat(gathered)],
];
