/** @file Muon's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy, type Path } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { mapLeaves, type Tree } from "../tree.ts";
import { zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { correctBias, lookAhead, updateMoment } from "./moments.ts";
import {
  asMatrices,
  dimensionsAt,
  type MatrixAxes,
  matrixAxes,
  type MuonDimensionNumbers,
  type MuonDimensions,
  sizeOf,
} from "./muon-dimensions.ts";
import { type NewtonSchulzCoefficients, orthogonalize, type Preconditioning } from "./newton-schulz.ts";
import { NOT_NEGATIVE, NUMBER, orNull, SHARE, WHOLE } from "../ranges.ts";

/**
 * What Muon remembers: the number of updates (int32 `[]`) and the running mean of gradients. Optax keeps the
 * coefficients too.
 */
export type MuonState = { readonly count: tf.Tensor; readonly mu: Tree };

/** Options of {@link scaleByMuon}. */
export interface ScaleByMuonOptions {
  /**
   * The coefficients of the Newton-Schulz steps: three numbers for all, or a list of three for each. Default
   * `[3.4445, -4.775, 2.0315]`.
   */
  nsCoeffs?: NewtonSchulzCoefficients | readonly NewtonSchulzCoefficients[] | undefined;
  /** The number of steps, where the coefficients are those of all. Default 5. */
  nsSteps?: number | undefined;
  /** Decay of the mean of gradients. Default 0.95. */
  beta?: Hyperparameter | undefined;
  /** Added to the norm that a matrix is divided by. Default 1e-8. */
  eps?: number | undefined;
  /** Whether the mean looks one step ahead. Default `true`. */
  nesterov?: boolean | undefined;
  /** Whether a step grows with the mean's part along it, its dual norm. Default `false`. */
  adaptive?: boolean | undefined;
  /** How a matrix is brought below 1. Default `"frobenius"`. */
  preconditioning?: Preconditioning | undefined;
  /** Which dimensions are rows and columns. Default: those of matrices; other parameters are refused. */
  weightDimensionNumbers?: MuonDimensions | null | undefined;
}

/** Those of Keller Jordan. */
const STANDARD: NewtonSchulzCoefficients = [3.4445, -4.775, 2.0315];

/**
 * The running mean of gradients of each matrix, made orthogonal: steps of the same size in all directions.
 *
 * @see optax.contrib.scale_by_muon; Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024
 */
export function scaleByMuon(options: ScaleByMuonOptions = {}): GradientTransformation<MuonState> {
  assertOptions(options, "scaleByMuon", {
    nsCoeffs: true,
    nsSteps: WHOLE,
    beta: SHARE,
    eps: NOT_NEGATIVE,
    nesterov: true,
    adaptive: true,
    preconditioning: true,
    weightDimensionNumbers: true,
  });
  const { nsCoeffs = STANDARD, nsSteps = 5, beta = 0.95, eps = 1e-8, nesterov = true } = options;
  const { adaptive = false, preconditioning = "frobenius", weightDimensionNumbers } = options;
  const steps = stepsOf(nsCoeffs, nsSteps);
  assertPreconditioning(preconditioning);
  const transformation: GradientTransformation<MuonState> = {
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params) }),
    update(updates, state) {
      const axesAt = axesFor(weightDimensionNumbers, updates);
      const count = random.increment(state.count);
      const mu = updateMoment(updates, state.mu, beta);
      const mean = nesterov ? lookAhead(updates, mu, beta, count) : correctBias(mu, beta, count);
      const direction = (path: Path, m: tf.Tensor) => {
        const axes = axesAt(path, m);
        const matrix = asMatrices(m, axes, (x) => orthogonalize(x, steps, preconditioning, eps));
        return adaptive ? tf.mul(tf.sum(tf.mul(m, matrix)), matrix) : matrix;
      };
      // The structure of the updates is kept.
      return [mapLeaves<tf.Tensor, tf.Tensor>(direction, mean, []) as typeof updates, { count, mu }];
    },
  };
  return madeBy(transformation, scaleByMuon, [
    Object.freeze(steps.map((step) => Object.freeze([...step]))),
    beta,
    eps,
    nesterov,
    adaptive,
    preconditioning,
    weightDimensionNumbers,
  ]);
}

/** Options of {@link scaleByShape}. */
export interface ScaleByShapeOptions {
  /** Which dimensions are rows and columns. Default: those of matrices. */
  weightDimensionNumbers?: MuonDimensions | null | undefined;
  /** The root mean square that orthogonal matrices get. Default: steps that suit wider models as they are. */
  consistentRms?: Hyperparameter | null | undefined;
}

/**
 * Each matrix times `√max(1, columns / rows)`, or `√max(columns, rows) * consistentRms`.
 *
 * @see optax.contrib scale_by_shape; Bernstein, Deriving Muon, 2025; for `consistentRms` Liu et al., Muon is scalable
 *   for LLM training, 2025
 */
export function scaleByShape(options: ScaleByShapeOptions = {}): GradientTransformation<EmptyState> {
  assertOptions(options, "scaleByShape", { weightDimensionNumbers: true, consistentRms: orNull(NUMBER) });
  const { weightDimensionNumbers, consistentRms } = options;
  const scaling = stateless((updates) => {
    const axesAt = axesFor(weightDimensionNumbers, updates);
    const scaleOf = (path: Path, update: tf.Tensor) => {
      const { rows, columns } = axesAt(path, update);
      const [fanIn, fanOut] = [sizeOf(update, rows), sizeOf(update, columns)];
      if (consistentRms == null) return tf.mul(update, Math.sqrt(Math.max(1, fanOut / fanIn)));
      return tf.mul(update, tf.mul(Math.sqrt(Math.max(fanIn, fanOut)), consistentRms));
    };
    // The structure of the updates is kept.
    return mapLeaves<tf.Tensor, tf.Tensor>(scaleOf, updates, []) as typeof updates;
  });
  return madeBy(scaling, scaleByShape, [weightDimensionNumbers, consistentRms]);
}

function axesFor(
  dimensions: MuonDimensions | null | undefined,
  updates: Tree,
): (path: Path, x: tf.Tensor) => MatrixAxes {
  if (dimensions == null) {
    return (_path, x) => {
      if (x.rank === 2) return matrixAxes(x, MATRIX);
      throw new InvalidArgumentError(
        `scaleByMuon: expected matrices, got a parameter [${x.shape.join(", ")}]. Give weightDimensionNumbers, or ` +
          `write muon(0.02), which leaves other parameters to adamw.`,
      );
    };
  }
  const tree = typeof dimensions === "function" ? dimensions(updates) : dimensions;
  return (path, x) => matrixAxes(x, dimensionsAt(tree, path) ?? MATRIX);
}

const MATRIX: MuonDimensionNumbers = Object.freeze({ reductionAxis: 0, outputAxis: 1 });

function stepsOf(
  coefficients: NewtonSchulzCoefficients | readonly NewtonSchulzCoefficients[],
  count: number,
): readonly NewtonSchulzCoefficients[] {
  const isList = Array.isArray(coefficients[0]);
  const steps = isList
    ? (coefficients as readonly NewtonSchulzCoefficients[])
    : Array.from({ length: count }, () => coefficients as NewtonSchulzCoefficients);
  if (steps.every((step) => Array.isArray(step) && step.length === 3) && (!isList || steps.length <= count)) {
    return steps;
  }
  throw new InvalidArgumentError(
    `scaleByMuon: expected nsCoeffs to be three numbers, or three for each of at most ${count} steps, got ` +
      `${JSON.stringify(coefficients)}.`,
  );
}

function assertPreconditioning(preconditioning: string): void {
  const known = ["frobenius", "spectral", "aol", "schatten"];
  if (known.includes(preconditioning)) return;
  throw new InvalidArgumentError(
    `scaleByMuon: expected preconditioning to be one of ${known.join(", ")}, got ${JSON.stringify(preconditioning)}.`,
  );
}
