/** @file Where the windows of pooling lie. */
import type * as tf from "@tensorflow/tfjs-core";
import { type Axis, type PoolAttrs, poolAxesOf } from "../../convolution/window-axes.ts";

/** Windows over `[batch, ...spatial, channels]`, with two or three spatial axes. */
export interface PoolGeometry {
  batch: number;
  channels: number;
  axes: readonly Axis[];
}

export function geometryOf({ shape }: tf.TensorInfo, attrs: PoolAttrs): PoolGeometry {
  return { batch: shape[0] ?? 1, channels: shape.at(-1) ?? 1, axes: poolAxesOf(shape, attrs) };
}

/** The shape of what comes out. */
export function pooledShape({ batch, axes, channels }: PoolGeometry): number[] {
  return [batch, ...axes.map(({ output }) => output), channels];
}

const SINGLE: Axis = { input: 1, output: 1, size: 1, stride: 1, dilation: 1, low: 0 };

/** Three axes, the first of them of size 1 where there are two. */
export function threeAxes({ axes }: PoolGeometry): [Axis, Axis, Axis] {
  return (axes.length === 3 ? axes : [SINGLE, ...axes]) as [Axis, Axis, Axis];
}
