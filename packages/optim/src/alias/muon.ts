/** @file Muon. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy, type Path } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { chain } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights } from "../transform/add-decayed-weights.ts";
import type { Mask } from "../transform/mask.ts";
import { dimensionsAt, type MuonDimensions } from "../transform/muon-dimensions.ts";
import type { NewtonSchulzCoefficients } from "../transform/newton-schulz.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleByMuon, type ScaleByMuonOptions, scaleByShape } from "../transform/scale-by-muon.ts";
import type { GradientTransformation } from "../transformation.ts";
import { mapLeaves, type Tree, type TreeOf } from "../tree.ts";
import { partition } from "../wrappers/partition.ts";
import { adamw } from "./adam.ts";
import { NOT_NEGATIVE, NUMBER, orNull, SHARE, WHOLE } from "../ranges.ts";

/** Options of {@link muon}. */
export interface MuonOptions extends Omit<ScaleByMuonOptions, "weightDimensionNumbers" | "nsCoeffs"> {
  /**
   * The coefficients of the Newton-Schulz steps: three numbers for all, a list of three for each, or the name of known
   * ones. Default `"standard"`, `[3.4445, -4.775, 2.0315]`.
   */
  nsCoeffs?: NewtonSchulzCoefficients | readonly NewtonSchulzCoefficients[] | "standard" | "dion" | undefined;
  /** The share of each matrix that is subtracted with each step, or a schedule of it. Default 0. */
  weightDecay?: LearningRate | undefined;
  /** Which matrices decay. Default: all. */
  weightDecayMask?: Mask | undefined;
  /** Of adamw, for all that is no matrix: decay of the mean of gradients. Default 0.9. */
  adamB1?: Hyperparameter | undefined;
  /** Of adamw: decay of the mean of squared gradients. Default 0.999. */
  adamB2?: Hyperparameter | undefined;
  /** Of adamw: added inside the root. Default 0. */
  adamEpsRoot?: Hyperparameter | undefined;
  /** Of adamw: the share of each parameter that is subtracted with each step. Default 0. */
  adamWeightDecay?: LearningRate | undefined;
  /** Of adamw: the learning rate. Default that of muon. */
  adamLearningRate?: LearningRate | null | undefined;
  /** Which dimensions of a parameter are rows and columns; `null` for adamw. Default: matrices are muon's. */
  muonWeightDimensionNumbers?: MuonDimensions | null | undefined;
  /** The root mean square of a step. Default: steps suit wider models as they are; 0.2 is Adam's. */
  consistentRms?: Hyperparameter | null | undefined;
}

const DION: readonly NewtonSchulzCoefficients[] = [
  [4.0848, -6.8946, 2.927],
  [3.9505, -6.3029, 2.6377],
  [3.7418, -5.5913, 2.3037],
  [2.8769, -3.1427, 1.2046],
  [2.8366, -3.0525, 1.2012],
];

/**
 * Momentum made orthogonal for the matrices of hidden layers; adamw for all else. Give embeddings and the last layer
 * `null` by `muonWeightDimensionNumbers`.
 *
 * @see optax.contrib.muon; Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024
 */
export function muon(learningRate: LearningRate, options: MuonOptions = {}): GradientTransformation {
  assertOptions(options, "muon", {
    nsCoeffs: true,
    weightDecay: true,
    weightDecayMask: true,
    adamB1: SHARE,
    adamB2: SHARE,
    adamEpsRoot: NOT_NEGATIVE,
    adamWeightDecay: true,
    adamLearningRate: true,
    muonWeightDimensionNumbers: true,
    consistentRms: orNull(NUMBER),
    nesterov: true,
    eps: NOT_NEGATIVE,
    nsSteps: WHOLE,
    beta: SHARE,
    adaptive: true,
    preconditioning: true,
  });
  const { nsCoeffs = "standard", weightDecay = 0, weightDecayMask, muonWeightDimensionNumbers } = options;
  const { eps = 1e-8, nesterov = true, consistentRms, adamLearningRate } = options;
  const { adamB1, adamB2, adamEpsRoot, adamWeightDecay = 0 } = options;
  const { nsSteps, beta, adaptive, preconditioning } = options;
  const weightDimensionNumbers = muonWeightDimensionNumbers ?? undefined;
  const matrices = chain(
    scaleByMuon({
      nsCoeffs: coefficientsOf(nsCoeffs),
      nsSteps,
      beta,
      eps,
      nesterov,
      adaptive,
      preconditioning,
      weightDimensionNumbers,
    }),
    scaleByShape({ weightDimensionNumbers, consistentRms }),
    addDecayedWeights(weightDecay, { mask: weightDecayMask }),
    scaleByLearningRate(learningRate),
  );
  const others = adamw(adamLearningRate ?? learningRate, {
    b1: adamB1,
    b2: adamB2,
    eps,
    epsRoot: adamEpsRoot,
    weightDecay: adamWeightDecay,
    nesterov,
  });
  return partition({ muon: matrices, adam: others }, labelsFor(weightDimensionNumbers));
}

/** Which parameters are muon's. */
function labelsFor(dimensions: MuonDimensions | undefined): (params: Tree) => TreeOf<"muon" | "adam"> {
  const labels = (params: Tree) => {
    const tree = typeof dimensions === "function" ? dimensions(params) : dimensions;
    const isMatrix = (path: Path, param: tf.Tensor) =>
      tree === undefined ? param.rank === 2 : dimensionsAt(tree, path) !== null;
    return mapLeaves<tf.Tensor, "muon" | "adam">(
      (path, param) => (isMatrix(path, param) ? "muon" : "adam"),
      params,
      [],
    );
  };
  return madeBy(labels, labelsFor, [dimensions]);
}

function coefficientsOf(
  given: NonNullable<MuonOptions["nsCoeffs"]>,
): NewtonSchulzCoefficients | readonly NewtonSchulzCoefficients[] | undefined {
  if (given === "dion") return DION;
  if (given === "standard") return undefined;
  if (typeof given !== "string") return given;
  throw new InvalidArgumentError(
    `muon: expected nsCoeffs to be "standard", "dion" or numbers, got ${JSON.stringify(given)}.`,
  );
}
