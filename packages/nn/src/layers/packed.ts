/** @file Kernels that are not held as floats, and are used as they lie in memory. */
import type * as tf from "@tensorflow/tfjs-core";

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
