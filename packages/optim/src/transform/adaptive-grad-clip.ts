/** @file Updates kept within a share of the parameters that they change. */
import { formatPath, InvalidArgumentError, madeBy, type Path, ShapeMismatchError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { assertInRange, assertOptions } from "../checked-arguments.ts";
import { assertHyperparameter, type Hyperparameter } from "../hyperparameter.ts";
import { assertParams, type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { mapLeaves } from "../tree.ts";
import { NOT_NEGATIVE } from "../ranges.ts";

/** Options of {@link adaptiveGradClip}. */
export interface AdaptiveGradClipOptions {
  /** The least norm that a parameter counts with, so that what begins at 0 can move. Default 1e-3. */
  eps?: Hyperparameter | undefined;
  /**
   * The axes that make one unit. Default: all of scalars and vectors (and of what is a vector but for dimensions of
   * 1), the first of matrices and `[in, heads, features]`, all but the last of kernels of convolutions.
   */
  axis?: number | readonly number[] | undefined;
}

/**
 * Each unit of an update, such as what leads to one output, scaled so that its norm is at most `clipping` times that
 * of its parameters.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @throws ShapeMismatchError by `update` for parameters of more than five dimensions, unless `axis` is given
 * @see optax.adaptive_grad_clip; Brock et al., High-performance large-scale image recognition without normalization,
 *   2021
 */
export function adaptiveGradClip(
  clipping: Hyperparameter,
  options: AdaptiveGradClipOptions = {},
): GradientTransformation<EmptyState> {
  assertOptions(options, "adaptiveGradClip", { eps: NOT_NEGATIVE, axis: true });
  const { eps = 1e-3 } = options;
  assertInRange(clipping, NOT_NEGATIVE, "clipping", "adaptiveGradClip");
  assertHyperparameter(eps, "eps", "adaptiveGradClip");
  const axis = axesOf(options.axis);
  const clipUnits = (path: Path, update: tf.Tensor, param: tf.Tensor) => {
    const axes = axis ?? unitAxes(path, param.shape);
    const norm = unitNorm(update, axes);
    const largest = tf.mul(clipping, tf.maximum(unitNorm(param, axes), eps));
    // A division by zero is of what is not chosen, but would be in its gradient.
    const factor = tf.div(largest, tf.maximum(norm, SMALLEST_DIVISOR));
    return tf.where(tf.less(norm, largest), update, tf.mul(update, factor));
  };
  const clipped = stateless((updates, params) => {
    assertParams(params, "adaptiveGradClip");
    // The structure of the updates is kept, and tensors stay tensors.
    return mapLeaves<tf.Tensor, tf.Tensor>(clipUnits, updates, [params]) as typeof updates;
  });
  return madeBy(clipped, adaptiveGradClip, [clipping, eps, axis]);
}

const SMALLEST_DIVISOR = 1e-6;

function axesOf(axis: number | readonly number[] | undefined): readonly number[] | undefined {
  if (axis === undefined) return undefined;
  const axes = Object.freeze(typeof axis === "number" ? [axis] : [...axis]);
  if (axes.every(Number.isInteger)) return axes;
  throw new InvalidArgumentError(
    `adaptiveGradClip: expected an integer or a list of integers for axis, got ${axes.join(", ")}. Write { axis: 0 }.`,
  );
}

/** The axes that are summed over; all for an empty list. @see optax.transforms.unitwise_norm */
function unitAxes(path: Path, shape: readonly number[]): readonly number[] {
  if (shape.filter((size) => size !== 1).length <= 1) return shape.map((_, i) => i);
  if (shape.length <= 3) return [0];
  if (shape.length <= 5) return shape.slice(0, -1).map((_, i) => i);
  throw new ShapeMismatchError(
    `adaptiveGradClip: expected parameters of at most 5 dimensions, got [${shape.join(", ")}] for ` +
      `${formatPath(path)}. Say which axes make a unit: adaptiveGradClip(0.01, { axis: 0 }).`,
  );
}

function unitNorm(tensor: tf.Tensor, axes: readonly number[]): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(tensor), [...axes], true));
}
