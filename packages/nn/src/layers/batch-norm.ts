/** @file Batch normalisation. */
import { full, linearCombination, noGradient } from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError } from "../errors.ts";
import { type ViewArgs, viewOptions } from "../modes/view-options.ts";
import { Module } from "../module/module.ts";
import { BatchStat, type Param } from "../variable/types.ts";
import { otherAxes } from "./axes.ts";
import { assertAxis, assertSize } from "./checks.ts";
import { moments } from "./moments.ts";
import { addScaleAndBias, type NormForwardOptions, type NormOptions } from "./norm.ts";
import { alongAxes, normalize } from "./normalize.ts";
import { standsStill } from "./frozen.ts";
import { givenOptions } from "./options.ts";
import { assertDtypes, promoted, type PromoteDtype } from "./promote-dtype.ts";

/** Options of {@link BatchNorm}; `epsilon` is 1e-5 unless given. */
export interface BatchNormOptions extends NormOptions {
  /** Whether to use the running statistics instead of the batch's. Default false; null: to be given per call. */
  useRunningAverage?: boolean | null | undefined;
  /** The axis of the features. Default -1. */
  axis?: number | undefined;
  /** How much of the running statistics an update keeps. Default 0.99 (0.01 in PyTorch's sense). */
  momentum?: number | undefined;
  /** The name of the lanes of a `vmap`, over which the statistics of the batch are taken, too. Default: none. */
  axisName?: string | undefined;
}

/** Options of {@link BatchNorm.forward}. */
export interface BatchNormForwardOptions extends NormForwardOptions {
  /** Beats the attribute. */
  useRunningAverage?: boolean | undefined;
}

/**
 * Batch normalisation: `y = (x - mean) / sqrt(var + epsilon) * scale + bias`, over all axes but `axis`.
 *
 * In training it normalises by the batch's own mean and biased variance, through which gradients flow, and moves
 * the running statistics `mean` and `var` (BatchStats): `momentum * running + (1 - momentum) * batch`. With
 * `useRunningAverage`, or when it is frozen, it normalises by those. In the lanes of a `vmap` whose name is `axisName`,
 * the batch is that of all lanes. Draws two keys of the stream `params`: scale, bias.
 *
 * @see flax.nnx.BatchNorm; Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167
 */
export class BatchNorm extends Module {
  static override readonly name: string = "BatchNorm";
  static readonly viewOptions = viewOptions({
    useRunningAverage: {
      type: "boolean",
      default: false,
      description:
        "if true, the stored batch statistics will be used instead of\ncomputing the batch statistics on the input.",
    },
  });

  readonly numFeatures: number;
  useRunningAverage: boolean | null;
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly useFastVariance: boolean;
  declare readonly axisName?: string;
  declare readonly promoteDtype?: PromoteDtype;
  mean: BatchStat;
  var: BatchStat;
  scale: Param | undefined;
  bias: Param | undefined;

  constructor(numFeatures: number, options: BatchNormOptions) {
    super();
    const {
      useRunningAverage = false,
      axis = -1,
      momentum = 0.99,
      epsilon = 1e-5,
      useFastVariance = true,
      axisName,
      promoteDtype,
    } = givenOptions(options);
    assertSize(numFeatures, "numFeatures", this);
    if (!Number.isInteger(axis))
      throw new InvalidArgumentError(`expected an integer for axis, got ${axis}.`, this);
    assertDtypes(givenOptions(options), this);
    this.numFeatures = numFeatures;
    this.useRunningAverage = useRunningAverage;
    this.axis = axis;
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.useFastVariance = useFastVariance;
    if (axisName !== undefined) this.axisName = axisName;
    if (promoteDtype) this.promoteDtype = promoteDtype;
    addScaleAndBias(this, givenOptions(options));
    this.mean = new BatchStat(full([numFeatures], 0));
    this.var = new BatchStat(full([numFeatures], 1));
  }

  /** @throws ShapeMismatchError, DtypeError, MissingArgumentError; no statistic has changed then */
  forward(x: tf.Tensor, { useRunningAverage, mask }: BatchNormForwardOptions = {}): tf.Tensor {
    const isFrozen = standsStill([this.mean, this.var], [this.scale, this.bias]);
    const running = isFrozen || (useRunningAverage ?? this.useRunningAverage);
    if (running === null || running === undefined) {
      throw new MissingArgumentError(
        "no useRunningAverage was given. Give it to the call, forward(x, { useRunningAverage: true }), to the " +
          "constructor, or make a view: view(model, { useRunningAverage: true }).",
        this,
      );
    }
    assertAxis(x, this.axis, this.numFeatures, "numFeatures", this);
    const axis = this.axis < 0 ? x.rank + this.axis : this.axis;
    const [input, scale, bias] = promoted(this, [x, this.scale?.value, this.bias?.value]);
    const [mean, variance] = running
      ? [this.mean.value, this.var.value]
      : batchStatistics(this, input, axis, mask);
    return normalize(
      input,
      {
        mean: alongAxes(mean, [axis], x.shape),
        variance: alongAxes(variance, [axis], x.shape),
        epsilon: this.epsilon,
      },
      { scale: alongAxes(scale, [axis], x.shape), bias: alongAxes(bias, [axis], x.shape) },
    );
  }

  /** Sets the modes; what is `undefined` stays as it is. */
  setView({ useRunningAverage }: ViewArgs<typeof BatchNorm.viewOptions>): void {
    if (useRunningAverage !== undefined) this.useRunningAverage = useRunningAverage;
  }
}

/** Mean and variance of the batch, each `[numFeatures]`; moves the running statistics of the layer. */
function batchStatistics(
  layer: BatchNorm,
  x: tf.Tensor,
  axis: number,
  mask: tf.Tensor | undefined,
): [tf.Tensor, tf.Tensor] {
  const [mean, variance] = moments(x, otherAxes([axis], x.rank), {
    mask,
    fast: layer.useFastVariance,
    axisName: layer.axisName,
  });
  noGradient(() => {
    layer.mean.value = moved(layer.mean.value, mean, layer.momentum);
    layer.var.value = moved(layer.var.value, variance, layer.momentum);
  });
  return [mean, variance];
}

function moved(running: tf.Tensor, batch: tf.Tensor, momentum: number): tf.Tensor {
  return linearCombination(momentum, running, 1 - momentum, batch);
}
