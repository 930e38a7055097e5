/** @file Batch normalisation. */
import { full, noGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError } from "../errors.ts";
import { onesInit, zerosInit } from "../initializers/constant.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { type ViewArgs, viewOptions } from "../modes/view-options.ts";
import { Module } from "../module/module.ts";
import type { Rngs } from "../random/rngs.ts";
import { BatchStat, type Param } from "../variable/types.ts";
import { assertAxis, assertFloat, assertSize } from "./checks.ts";
import { moments } from "./moments.ts";
import { type ForwardOptions, givenOptions } from "./options.ts";
import { makeParam } from "./params.ts";

/** Options of {@link BatchNorm}. */
export interface BatchNormOptions {
  rngs: Rngs;
  /** Whether to use the running statistics instead of the batch's. Default false; null: to be given per call. */
  useRunningAverage?: boolean | null | undefined;
  /** The axis of the features. Default -1. */
  axis?: number | undefined;
  /** How much of the running statistics an update keeps. Default 0.99 (0.01 in PyTorch's sense). */
  momentum?: number | undefined;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number | undefined;
  /** Whether to add a bias. Default true. */
  useBias?: boolean | undefined;
  /** Whether to multiply by a scale. Default true. */
  useScale?: boolean | undefined;
  /** Default zeros. */
  biasInit?: Initializer | undefined;
  /** Default ones. */
  scaleInit?: Initializer | undefined;
  /**
   * Whether to compute the variance as `mean(x²) - mean(x)²`, in one pass; otherwise in two, which is exact for
   * large means. Default true, as in Flax.
   */
  useFastVariance?: boolean | undefined;
}

/** Options of {@link BatchNorm.forward}. */
export interface BatchNormForwardOptions extends ForwardOptions {
  /** Beats the attribute. */
  useRunningAverage?: boolean | undefined;
  /** Where it is false, `x` does not count for the statistics; of a shape that broadcasts to that of `x`. */
  mask?: tf.Tensor | undefined;
}

/**
 * Batch normalisation: `y = (x - mean) / sqrt(var + epsilon) * scale + bias`, over all axes but `axis`.
 *
 * In training it normalises by the batch's own mean and biased variance, through which gradients flow, and moves
 * the running statistics `mean` and `var` (BatchStats): `momentum * running + (1 - momentum) * batch`. With
 * `useRunningAverage` it normalises by those. Draws two keys of the stream `params`: scale, bias.
 *
 * @see flax.nnx.BatchNorm; Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167
 */
export class BatchNorm extends Module {
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
  mean: BatchStat;
  var: BatchStat;
  scale: Param | undefined;
  bias: Param | undefined;

  constructor(numFeatures: number, options: BatchNormOptions) {
    super();
    const {
      rngs,
      useRunningAverage = false,
      axis = -1,
      momentum = 0.99,
      epsilon = 1e-5,
      useBias = true,
      useScale = true,
      biasInit = zerosInit(),
      scaleInit = onesInit(),
      useFastVariance = true,
    } = givenOptions(options);
    assertSize(numFeatures, "numFeatures", this);
    if (!Number.isInteger(axis))
      throw new InvalidArgumentError(`expected an integer for axis, got ${axis}.`, this);
    this.numFeatures = numFeatures;
    this.useRunningAverage = useRunningAverage;
    this.axis = axis;
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.useFastVariance = useFastVariance;
    this.scale = useScale ? makeParam(scaleInit, [numFeatures], rngs, this) : undefined;
    this.bias = useBias ? makeParam(biasInit, [numFeatures], rngs, this) : undefined;
    this.mean = new BatchStat(full([numFeatures], 0));
    this.var = new BatchStat(full([numFeatures], 1));
  }

  /** @throws ShapeMismatchError, DtypeError, MissingArgumentError; no statistic has changed then */
  forward(x: tf.Tensor, { useRunningAverage, mask }: BatchNormForwardOptions = {}): tf.Tensor {
    const running = useRunningAverage ?? this.useRunningAverage;
    if (running === null || running === undefined) {
      throw new MissingArgumentError(
        "no useRunningAverage was given. Give it to the call, forward(x, { useRunningAverage: true }), to the " +
          "constructor, or make a view: view(model, { useRunningAverage: true }).",
        this,
      );
    }
    assertFloat(x, this);
    assertAxis(x, this.axis, this.numFeatures, "numFeatures", this);
    const axis = this.axis < 0 ? x.rank + this.axis : this.axis;
    const [mean, variance] = running
      ? [this.mean.value, this.var.value]
      : this.batchStatistics(x, axis, mask);
    return this.normalize(x, mean, variance, axis);
  }

  setView({ useRunningAverage }: ViewArgs<typeof BatchNorm.viewOptions>): void {
    if (useRunningAverage !== undefined) this.useRunningAverage = useRunningAverage;
  }

  /** Mean and variance of the batch, each `[numFeatures]`; moves the running statistics. */
  private batchStatistics(x: tf.Tensor, axis: number, mask: tf.Tensor | undefined): [tf.Tensor, tf.Tensor] {
    const axes = x.shape.map((_, i) => i).filter((i) => i !== axis);
    const [mean, variance] = moments(x, axes, { mask, fast: this.useFastVariance });
    noGradient(() => {
      this.mean.value = this.moved(this.mean.value, mean);
      this.var.value = this.moved(this.var.value, variance);
    });
    return [mean, variance];
  }

  private moved(running: tf.Tensor, batch: tf.Tensor): tf.Tensor {
    return tf.tidy(() => tf.add(tf.mul(running, this.momentum), tf.mul(batch, 1 - this.momentum)));
  }

  private normalize(x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, axis: number): tf.Tensor {
    // Features on the last axis broadcast as they are.
    const along = (statistic: tf.Tensor) =>
      axis === x.rank - 1 ? statistic : tf.reshape(statistic, [-1, ...x.shape.slice(axis + 1).map(() => 1)]);
    const inverse = tf.rsqrt(tf.add(variance, this.epsilon));
    const factor = this.scale ? tf.mul(inverse, this.scale.value) : inverse;
    const y = tf.mul(tf.sub(x, along(mean)), along(factor));
    return this.bias ? tf.add(y, along(this.bias.value)) : y;
  }
}
