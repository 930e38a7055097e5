/** @file Products of tensors over any axes with a packed kernel. */
import * as tf from "@tensorflow/tfjs-core";
import { otherAxes } from "./axes.ts";
import { transposed } from "./dot-general.ts";
import type { PackedKernel } from "./packed.ts";

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
