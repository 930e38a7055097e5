/** @file Spectral normalisation. */
import { full, noGradient, stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { state } from "../graph/functions.ts";
import { iterVariables } from "../graph/iterate.ts";
import { formatPath, type Path } from "../graph/kinds.ts";
import { normal } from "../initializers/random.ts";
import { type ViewArgs, viewOptions } from "../modes/view-options.ts";
import { Module } from "../module/module.ts";
import type { Rngs } from "../random/rngs.ts";
import { BatchStat, Param } from "../variable/types.ts";
import type { Variable } from "../variable/variable.ts";
import { standsStill } from "./frozen.ts";
import { callModule, type ForwardOptions, givenOptions, type TensorModule } from "./options.ts";
import { initialize } from "./params.ts";
import { assertDtypes, type DtypeOptions, promoted, type PromoteDtype } from "./promote-dtype.ts";
import { callWithWeights, l2Normalize, plant, pluck, type VariableTree } from "./wrapped-weights.ts";

/** Options of {@link SpectralNorm}. */
export interface SpectralNormOptions extends DtypeOptions {
  rngs: Rngs;
  /** How many steps of power iteration a call makes; 0: nothing is normalised. Default 1. */
  nSteps?: number | undefined;
  /** Added to squared norms. Default 1e-12. */
  epsilon?: number | undefined;
  /** Whether a weight of more than two axes is an error; otherwise all but its last are one. Default false. */
  errorOnNonMatrix?: boolean | undefined;
  /** Whether calls move the statistics. Default true. */
  updateStats?: boolean | undefined;
}

/** Options of {@link SpectralNorm.forward}; the others are handed to the layer. */
export interface SpectralNormForwardOptions extends ForwardOptions {
  /** Whether this call moves the statistics; beats the attribute. */
  updateStats?: boolean | undefined;
  /** The opposite of `updateStats`. */
  useRunningAverage?: boolean | undefined;
}

/**
 * Divides each weight of a layer by its largest singular value, found by power iteration, and calls it:
 * `v = unit(u @ weightᵀ)`, `u = unit(v @ weight)`, `sigma = v @ weight @ uᵀ`, `weight = weight / sigma`.
 *
 * All Params of two axes or more are weights. A call that moves the statistics, `u` and `sigma` (BatchStats at
 * `batchStats.<path>.u` and `.sigma`), writes the normalised weights into the layer's own Params, as in Flax. Nothing is
 * written where they stand still, in an evaluation view or when they or all of the layer are frozen, nor into a weight
 * that is frozen itself (Flax writes there too). Gradients are those of the weights before, `u` and `v` constant. Draws
 * one key of the stream `params` for each weight.
 *
 * @see flax.nnx.SpectralNorm; Miyato et al., 2018, https://arxiv.org/abs/1802.05957
 */
export class SpectralNorm<M extends TensorModule = TensorModule> extends Module {
  static override readonly name: string = "SpectralNorm";
  static readonly viewOptions = viewOptions({
    updateStats: {
      type: "boolean",
      default: true,
      description: "if true, calls move the statistics of the power iteration.",
    },
    useRunningAverage: {
      type: "boolean",
      default: false,
      description: "the opposite of updateStats, so that one mode serves\nBatchNorm as well.",
    },
  });

  readonly layerInstance: M;
  readonly nSteps: number;
  readonly epsilon: number;
  readonly errorOnNonMatrix: boolean;
  /** Whether the statistics stand still. */
  useRunningAverage: boolean;
  declare readonly promoteDtype?: PromoteDtype;
  readonly batchStats: VariableTree = {};

  /** @throws InvalidArgumentError for a weight of more than two axes, if they are errors */
  constructor(layerInstance: M, options: SpectralNormOptions) {
    super();
    const {
      rngs,
      nSteps = 1,
      epsilon = 1e-12,
      errorOnNonMatrix = false,
      updateStats = true,
      promoteDtype,
    } = givenOptions(options);
    assertDtypes(givenOptions(options), this);
    if (!Number.isInteger(nSteps)) {
      throw new InvalidArgumentError(`expected an integer for nSteps, got ${nSteps}.`, this);
    }
    this.layerInstance = layerInstance;
    this.nSteps = nSteps;
    this.epsilon = epsilon;
    this.errorOnNonMatrix = errorOnNonMatrix;
    this.useRunningAverage = !updateStats;
    if (promoteDtype) this.promoteDtype = promoteDtype;
    for (const [path, { shape }] of weightsOf(this)) {
      const u = initialize(normal(), [1, shape.at(-1)!], rngs, this);
      plant(this.batchStats, [...path, "u"], new BatchStat(u));
      plant(this.batchStats, [...path, "sigma"], new BatchStat(full([], 1)));
    }
  }

  /** Calls the layer with its kernels divided by their largest singular values; input and result are the layer's. */
  forward(x: tf.Tensor, options?: SpectralNormForwardOptions): tf.Tensor {
    const { updateStats, useRunningAverage } = options ?? {};
    const isFrozen = standsStill(variablesIn(this.batchStats), variablesIn(this.layerInstance));
    const updates = !isFrozen && (updateStats ?? !(useRunningAverage ?? this.useRunningAverage));
    const weights = weightsOf(this).map(
      ([path, weight]) => [weight, normalized(this, path, weight, updates)] as const,
    );
    return callWithWeights(weights, updates, () => callModule(this.layerInstance, x, options));
  }

  /** Sets the modes; what is `undefined` stays as it is. */
  setView({ updateStats, useRunningAverage }: ViewArgs<typeof SpectralNorm.viewOptions>): void {
    if (useRunningAverage !== undefined) this.useRunningAverage = useRunningAverage;
    if (updateStats !== undefined) this.useRunningAverage = !updateStats;
  }
}

function normalized(layer: SpectralNorm, path: Path, weight: Param, updates: boolean): tf.Tensor {
  const [u0, statistic] = [
    pluck(layer.batchStats, [...path, "u"], layer),
    pluck(layer.batchStats, [...path, "sigma"], layer),
  ];
  const [value] = promoted(layer, [weight.value]);
  const matrix = tf.reshape(value, [-1, value.shape.at(-1)!]);
  const [u, v] = noGradient(() => singularVectors(layer, matrix, u0.value));
  const sigma = tf.squeeze(tf.matMul(tf.matMul(v, matrix), u, false, true));
  if (updates) {
    u0.value = u;
    statistic.value = stopGradient(sigma);
  }
  const divisor = tf.where(tf.notEqual(sigma, 0), sigma, full([], 1));
  return tf.reshape(tf.div(matrix, divisor), value.shape);
}

/** The singular vectors of the largest value, `[1, columns]` and `[1, rows]`, as far as `nSteps` get from `start`. */
function singularVectors(
  { nSteps, epsilon }: SpectralNorm,
  matrix: tf.Tensor,
  start: tf.Tensor,
): [tf.Tensor, tf.Tensor] {
  let [u, v] = [start, start];
  for (let step = 0; step < nSteps; step++) {
    v = l2Normalize(tf.matMul(u, matrix, false, true), epsilon);
    u = l2Normalize(tf.matMul(v, matrix), epsilon);
  }
  return [u, v];
}

function weightsOf(layer: SpectralNorm): [Path, Param][] {
  if (layer.nSteps < 1) return [];
  // A State of Params holds nothing else.
  const params = [...state(layer.layerInstance, Param)] as [Path, Param][];
  const weights = params.filter(([, { shape }]) => shape.length > 1);
  const other = layer.errorOnNonMatrix && weights.find(([, { shape }]) => shape.length > 2);
  if (!other) return weights;
  throw new InvalidArgumentError(
    `expected matrices as weights (errorOnNonMatrix), got ${formatPath(other[0])} of shape ` +
      `[${other[1].shape.join(", ")}]. Leave errorOnNonMatrix out to take all axes but the last for one.`,
    layer,
  );
}

function variablesIn(node: unknown): Variable[] {
  return iterVariables(node).map(([, variable]) => variable);
}
