/** @file Tensors whose axes have labels, and how kernels rearrange them. */
import * as tf from "@tensorflow/tfjs-core";
import type { RunKernel } from "../compose.ts";

/** A tensor and the label of each of its axes. */
export interface Labelled {
  info: tf.TensorInfo;
  labels: readonly string[];
}

/** The number of elements along the axes with these labels. */
export function sizeOf({ info, labels }: Labelled, of: readonly string[]): number {
  return of.reduce((size, label) => size * (info.shape[labels.indexOf(label)] ?? 1), 1);
}

/** `x` with its axes in the order of `labels`, of which it has all. */
export function arranged(run: RunKernel, x: Labelled, labels: readonly string[]): Labelled {
  if (x.labels.join() === labels.join()) return x;
  const perm = labels.map((label) => x.labels.indexOf(label));
  return { info: run(tf.Transpose, { x: x.info }, { perm }), labels };
}

/** `x` summed over the axes whose labels are not among `kept`. */
export function summed(run: RunKernel, x: Labelled, kept: readonly string[]): Labelled {
  const axis = [...x.labels.keys()].filter((i) => !kept.includes(x.labels[i]!));
  if (axis.length === 0) return x;
  return {
    info: run(tf.Sum, { x: x.info }, { axis, keepDims: false }),
    labels: x.labels.filter((_, i) => !axis.includes(i)),
  };
}

/** The elements of `x` in the order of `groups` of labels, each group as one axis. */
export function grouped(run: RunKernel, x: Labelled, groups: readonly (readonly string[])[]): tf.TensorInfo {
  const shape = groups.map((group) => sizeOf(x, group));
  return run(tf.Reshape, { x: arranged(run, x, groups.flat()).info }, { shape });
}

/** A batch of matrices, as a matrix product takes it. */
export interface Matrices {
  info: tf.TensorInfo;
  transposed: boolean;
}

/** `x` as [batch, rows, columns], or transposed if that is how its elements lie already. */
export function matrices(
  run: RunKernel,
  x: Labelled,
  batch: readonly string[],
  rows: readonly string[],
  columns: readonly string[],
): Matrices {
  const transposed = x.labels.join() === [...batch, ...columns, ...rows].join();
  const order = transposed ? [batch, columns, rows] : [batch, rows, columns];
  return { info: grouped(run, x, order), transposed };
}
