/** @file Adafactor's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { complement, type Hyperparameter, weightedSum } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";
import { asFloat, zeroCount } from "./count.ts";
import { mapToMany } from "./leafwise.ts";
import { requireParams } from "./required.ts";
import { NOT_NEGATIVE, NUMBER, WHOLE } from "../ranges.ts";

/**
 * The number of updates (int32 `[]`) and running means of squares: of a factored parameter over its rows (vRow) and
 * columns (vCol), of others all of them (v). What a parameter has not is `[1]`.
 */
export type FactoredState = {
  readonly count: tf.Tensor;
  readonly vRow: Tree;
  readonly vCol: Tree;
  readonly v: Tree;
};

/** Options of {@link scaleByFactoredRms}. */
export interface ScaleByFactoredRmsOptions {
  /** Whether large parameters are factored. Default `true`. */
  factored?: boolean | undefined;
  /** How fast the decay of the means goes to 1: `1 - t**-decayRate` at update t. Default 0.8. */
  decayRate?: Hyperparameter | undefined;
  /** Taken from t: the step at which fine-tuning begins. Default 0. */
  stepOffset?: Hyperparameter | undefined;
  /** The least size of the second largest dimension of a parameter that is factored. Default 128. */
  minDimSizeToFactor?: number | undefined;
  /** Added to squares. Default 1e-30. */
  epsilon?: Hyperparameter | undefined;
  /** The decay from the number of updates before, float32 `[]`, and `decayRate`. Default `1 - (step + 1)**-decayRate`. */
  decayRateFn?: ((step: tf.Scalar, decayRate: Hyperparameter) => tf.Tensor) | undefined;
}

/**
 * `g / √v`, where v are running means of squares, for a large matrix known by those of its rows and columns:
 * `√v = √(vRow / mean(vRow) · vCol)`. The two largest dimensions of a tensor are its rows and columns.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.scale_by_factored_rms; Shazeer and Stern, Adafactor, 2018
 */
export function scaleByFactoredRms(
  options: ScaleByFactoredRmsOptions = {},
): GradientTransformation<FactoredState> {
  assertOptions(options, "scaleByFactoredRms", {
    factored: true,
    decayRate: NOT_NEGATIVE,
    stepOffset: NUMBER,
    minDimSizeToFactor: WHOLE,
    epsilon: NOT_NEGATIVE,
    decayRateFn: true,
  });
  const { factored = true, decayRate = 0.8, stepOffset = 0, minDimSizeToFactor = 128 } = options;
  const { epsilon = 1e-30, decayRateFn = powerDecay } = options;
  const dimensionsOf = ({ shape }: tf.Tensor) =>
    factored ? factoredDimensions(shape, minDimSizeToFactor) : undefined;
  const transformation: GradientTransformation<FactoredState> = {
    init(params) {
      const [vRow, vCol, v] = mapToMany((_path, param) => {
        const dimensions = dimensionsOf(param);
        if (!dimensions) return [tf.zeros([1]), tf.zeros([1]), tf.zerosLike(param)];
        const [columns, rows] = dimensions;
        return [tf.zeros(without(param.shape, rows)), tf.zeros(without(param.shape, columns)), tf.zeros([1])];
      }, params);
      return { count: zeroCount(), vRow, vCol, v };
    },
    update(updates, state, params) {
      requireParams(params, "scaleByFactoredRms");
      const decay: tf.Scalar = tf.reshape(
        decayRateFn(tf.sub(asFloat(state.count), stepOffset), decayRate),
        [],
      );
      const share = complement(decay);
      const [directions, vRow, vCol, v] = mapToMany(
        (_path, g, row, col, all) => {
          const square = tf.add(tf.square(g), epsilon);
          const dimensions = dimensionsOf(g);
          if (!dimensions) {
            const mean = weightedSum(share, square, decay, all);
            return [tf.mul(g, tf.rsqrt(mean)), tf.zeros([1]), tf.zeros([1]), mean];
          }
          const [columns, rows] = dimensions;
          const nextRow = weightedSum(share, tf.mean(square, rows), decay, row);
          const nextCol = weightedSum(share, tf.mean(square, columns), decay, col);
          // Of a row's own dimensions.
          const axis = columns > rows ? columns - 1 : columns;
          const rowFactor = tf.rsqrt(tf.div(nextRow, tf.mean(nextRow, axis, true)));
          const direction = tf.mul(
            tf.mul(g, tf.expandDims(rowFactor, rows)),
            tf.expandDims(tf.rsqrt(nextCol), columns),
          );
          return [direction, nextRow, nextCol, tf.zeros([1])];
        },
        updates,
        state.vRow,
        state.vCol,
        state.v,
      );
      // The structure of the updates is kept.
      return [directions as typeof updates, { count: random.increment(state.count), vRow, vCol, v }];
    },
  };
  return madeBy(transformation, scaleByFactoredRms, [
    factored,
    decayRate,
    stepOffset,
    minDimSizeToFactor,
    epsilon,
    decayRateFn,
  ]);
}

function powerDecay(step: tf.Scalar, decayRate: Hyperparameter): tf.Tensor {
  const exponent = typeof decayRate === "number" ? -decayRate : tf.neg<tf.Scalar>(decayRate);
  return tf.sub(1, tf.pow(tf.add(step, 1), exponent));
}

/** The second largest dimension and the largest, of equals the later ones; undefined where it is not factored. */
function factoredDimensions(
  shape: readonly number[],
  least: number,
): [second: number, first: number] | undefined {
  if (shape.length < 2) return undefined;
  const sorted = shape.map((_, i) => i).sort((a, b) => shape[a]! - shape[b]! || a - b);
  const [second, first] = sorted.slice(-2) as [number, number];
  return shape[second]! < least ? undefined : [second, first];
}

function without(shape: readonly number[], axis: number): number[] {
  return shape.filter((_, i) => i !== axis);
}
