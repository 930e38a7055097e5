/** @file Sums, means and extremes over the lanes of a `vmap`. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { lanesNamed } from "./axis-names.ts";

/** The kernels that stand for them until the lanes run. */
export const AXIS_KERNELS = { sum: "AxisSum", mean: "AxisMean", max: "AxisMax", min: "AxisMin" } as const;
/** The kernel that gives the number of the lane. */
export const AXIS_INDEX = "AxisIndex";

function overLanes(
  kernelName: string,
  caller: string,
  x: tf.Tensor,
  axisName: string,
  dtype: tf.DataType = x?.dtype,
): tf.Tensor {
  lanesNamed(axisName, caller);
  if (!((x as unknown) instanceof tf.Tensor)) {
    throw new InvalidArgumentError(
      `${caller}: expected a tensor, found ${x === null ? "null" : typeof x}. Write ${caller}(tf.scalar(1), ${JSON.stringify(axisName)}).`,
    );
  }
  return tf.engine().runKernel<tf.Tensor>(kernelName, { x: tf.cast(x, dtype) }, { axisName });
}

/**
 * The sum of `x` over the lanes of the `vmap` around that has the name `axisName`: all lanes get the same.
 *
 * ```ts
 * vmap((x: tf.Tensor) => tf.div(x, psum(x, "lane")), { axisName: "lane" })(xs); // xs / sum(xs, 0)
 * ```
 *
 * @throws InvalidArgumentError when no `vmap` around gives the name
 * @see jax.lax.psum
 */
export function psum(x: tf.Tensor, axisName: string): tf.Tensor {
  return overLanes(AXIS_KERNELS.sum, "psum", x, axisName, x?.dtype === "bool" ? "int32" : x?.dtype);
}

/** The mean of `x` over the lanes, float32. See {@link psum}. @see jax.lax.pmean */
export function pmean(x: tf.Tensor, axisName: string): tf.Tensor {
  return overLanes(AXIS_KERNELS.mean, "pmean", x, axisName, "float32");
}

/** The maximum of `x` over the lanes; lanes that have it share its gradient. See {@link psum}. @see jax.lax.pmax */
export function pmax(x: tf.Tensor, axisName: string): tf.Tensor {
  return overLanes(AXIS_KERNELS.max, "pmax", x, axisName);
}

/** The minimum of `x` over the lanes; lanes that have it share its gradient. See {@link psum}. @see jax.lax.pmin */
export function pmin(x: tf.Tensor, axisName: string): tf.Tensor {
  return overLanes(AXIS_KERNELS.min, "pmin", x, axisName);
}

/** The number of the lane, from 0: an int32 scalar. See {@link psum}. @see jax.lax.axis_index */
export function axisIndex(axisName: string): tf.Tensor {
  lanesNamed(axisName, "axisIndex");
  return tf.engine().runKernel<tf.Tensor>(AXIS_INDEX, {}, { axisName });
}
