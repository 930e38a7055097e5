/** @file What batching rules do with their inputs. */
import { broadcastTo } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { Batched } from "./rule.ts";

/** Launches a kernel. */
export function launch(
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: Readonly<tf.NamedAttrMap> = {},
): tf.Tensor {
  return tf.engine().runKernel<tf.Tensor>(kernelName, inputs, attrs);
}

/** Launches a kernel of several outputs. */
export function launchMany(
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: Readonly<tf.NamedAttrMap> = {},
): tf.Tensor[] {
  return tf.engine().runKernel<tf.Tensor[]>(kernelName, inputs, attrs);
}

/** The shape in one lane. */
export function laneShape({ tensor, isBatched }: Batched): number[] {
  return isBatched ? tensor.shape.slice(1) : tensor.shape;
}

/** Elements of random streams in lanes. */
const FEW = 120;

/** A tensor `[size, ...shape]`: one that the lanes share is repeated. */
export function inLanes({ tensor, isBatched }: Batched, size: number): tf.Tensor {
  if (isBatched) return tensor;
  const shape = [size, ...tensor.shape];
  if (size === 0) return tf.zeros(shape, tensor.dtype);
  // A sum of few numbers stays on the CPU side on webgl, where counts and keys have to be; a copy does not.
  if (tensor.dtype === "int32" && tensor.size * size <= FEW) return tf.add(tensor, tf.zeros(shape, "int32"));
  return broadcastTo(tensor, shape);
}

/** The tensor with axes of size 1 after the lanes, so that lanes of `rank` axes are broadcast with others of that rank. */
export function aligned({ tensor, isBatched }: Batched, rank: number): tf.Tensor {
  const missing = rank - (tensor.rank - 1);
  if (!isBatched || missing <= 0) return tensor;
  const [lanes, ...shape] = tensor.shape;
  return tf.reshape(tensor, [lanes, ...Array<number>(missing).fill(1), ...shape]);
}

/** The tensor with one axis at another place. */
export function moveAxis(x: tf.Tensor, from: number, to: number): tf.Tensor {
  if (from === to) return x;
  const perm = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  perm.splice(to, 0, from);
  // Where there are no elements, or only axes of size 1 are passed, the elements stay where they are.
  const moved = x.shape.slice(Math.min(from, to), Math.max(from, to) + 1);
  if (x.size === 0 || x.shape[from] === 1 || moved.filter((size) => size !== 1).length <= 1) {
    return tf.reshape(
      x,
      perm.map((axis) => x.shape[axis]!),
    );
  }
  return tf.transpose(x, perm);
}

/** `[lanes, n, ...]` as `[lanes * n, ...]`, where lanes are more of what the kernel has many of anyway. */
export function folded(x: tf.Tensor): tf.Tensor {
  const [lanes, n, ...rest] = x.shape;
  return tf.reshape(x, [lanes * n!, ...rest]);
}

/** Takes {@link folded} back. */
export function unfolded(x: tf.Tensor, lanes: number): tf.Tensor {
  const [n, ...rest] = x.shape;
  return tf.reshape(x, [lanes, lanes === 0 ? 0 : n / lanes, ...rest]);
}

/** The axis of each lane, counted from 0. */
export function axisIn(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The numbers of the lanes as int32, of the shape `[size, 1, ...]` of `rank` axes. */
export function laneNumbers(size: number, rank: number): tf.Tensor {
  return tf.reshape(tf.range(0, size, 1, "int32"), [size, ...Array<number>(rank - 1).fill(1)]);
}

/** Lane by lane one or the other. */
export function chosenBy(isFirst: tf.Tensor, first: tf.Tensor, second: tf.Tensor): tf.Tensor {
  const shape = [isFirst.shape[0], ...Array<number>(first.rank - 1).fill(1)];
  return tf.where(tf.reshape(isFirst, shape), first, second);
}
