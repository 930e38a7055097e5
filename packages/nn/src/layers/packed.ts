/** @file Kernels that are not held as floats, and are used as they lie in memory. */
import * as tf from "@tensorflow/tfjs-core";
import { otherAxes } from "./axes.ts";
import { transposed } from "./dot-general.ts";

/** What may stand in the place of a kernel's Variable. */
export interface PackedKernel {
  /** The product of float32 rows and the kernel as a matrix: `[m, rows] → [m, columns]`. */
  matMul(x: tf.Tensor): tf.Tensor;
  /** The rows that int32 `indices` name: `[...] → [..., columns]`. */
  gather(indices: tf.Tensor): tf.Tensor;
}

/** The kernel, if it is packed, and not for a rule of the layer's own to change first. */
export function packedOf(
  kernel: object,
  layer: { readonly promoteDtype?: unknown },
): PackedKernel | undefined {
  // Not instanceof: layers do not bring the class.
  return "matMul" in kernel && !layer.promoteDtype ? (kernel as PackedKernel) : undefined;
}

/** As `dotGeneral` without batch axes: `x` contracted over `axes` with the kernel, whose other axes are `columns`. */
export function packedDot(
  kernel: PackedKernel,
  x: tf.Tensor,
  axes: readonly number[],
  columns: readonly number[],
): tf.Tensor {
  const free = otherAxes(axes, x.rank);
  const sizes = free.map((axis) => x.shape[axis]!);
  const inner = tf.util.sizeFromShape(axes.map((axis) => x.shape[axis]!));
  const rows = tf.reshape(transposed(x, [...free, ...axes]), [tf.util.sizeFromShape(sizes), inner]);
  return tf.reshape(kernel.matMul(rows), [...sizes, ...columns]);
}
