/** @file Normalisation over groups of features. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { asAxes, type Axes, axesOf, otherAxes } from "./axes.ts";
import { assertTensor, assertAxis } from "./checks.ts";
import { assertNormMask, moments } from "./moments.ts";
import { addScaleAndBias, Norm, type NormForwardOptions, type NormOptions } from "./norm.ts";
import { alongAxes, assertFeatures, normalize } from "./normalize.ts";
import { givenOptions } from "./options.ts";
import { promoted } from "./promote-dtype.ts";

/** Options of {@link GroupNorm}. */
export interface GroupNormOptions extends NormOptions {
  /** The number of groups of features. Default 32; not together with `groupSize`. */
  numGroups?: number | null | undefined;
  /** The number of features in a group, instead of `numGroups`. */
  groupSize?: number | null | undefined;
  /** The axes that the statistics are taken over; the last must be among them. Default: all but the first. */
  reductionAxes?: Axes | undefined;
}

/**
 * Group normalisation: as LayerNorm, with mean and variance of each group of neighbouring features on the last axis;
 * `[batch, ..., numFeatures]`, any shape. Draws two keys of the stream `params`: scale, bias.
 *
 * @see flax.nnx.GroupNorm; Wu and He, 2018, https://arxiv.org/abs/1803.08494
 */
export class GroupNorm extends Norm {
  static override readonly name: string = "GroupNorm";
  readonly numGroups: number;
  readonly groupSize: number;
  readonly reductionAxes: readonly number[] | undefined;

  /** @throws InvalidArgumentError when the groups do not divide the features, or both ways to say them are used */
  constructor(numFeatures: number, options: GroupNormOptions) {
    super(numFeatures, options);
    const { groupSize, numGroups = groupSize ? null : 32, reductionAxes } = givenOptions(options);
    assertGroups(this, numGroups ?? undefined, groupSize ?? undefined);
    this.numGroups = numGroups ?? numFeatures / groupSize!;
    this.groupSize = groupSize ?? numFeatures / numGroups!;
    this.reductionAxes =
      reductionAxes === undefined ? undefined : asAxes(reductionAxes, "reductionAxes", this);
    addScaleAndBias(this, givenOptions(options));
  }

  /** @throws ShapeMismatchError for an input that is not `[batch, ..., numFeatures]` or without `reductionAxes` */
  forward(x: tf.Tensor, { mask }: NormForwardOptions = {}): tf.Tensor {
    assertAxis(x, -1, this.numFeatures, "numFeatures", this);
    const last = x.rank - 1;
    const axes = this.reductionAxes
      ? axesOf(this.reductionAxes, x.shape, "reductionAxes", this)
      : otherAxes(x.rank > 1 ? [0] : [], x.rank);
    if (!axes.includes(last)) {
      throw new ShapeMismatchError(
        `expected the last axis, that of the features, among reductionAxes [${axes.join(", ")}]. Add -1.`,
        this,
      );
    }
    const [input, scale, bias] = promoted(this, [x, this.scale?.value, this.bias?.value]);
    const groups = grouped(this, input);
    const [mean, variance] = moments(groups, [...axes.slice(0, -1), x.rank], {
      mask: mask && groupedMask(this, mask, x),
      fast: this.useFastVariance,
      keepDims: true,
    });
    const y = normalize(
      groups,
      { mean, variance, epsilon: this.epsilon },
      { scale: scale && grouped(this, scale), bias: bias && grouped(this, bias) },
    );
    return tf.reshape(y, x.shape);
  }
}

/** Splits the last axis: `[..., numFeatures] → [..., numGroups, groupSize]`. */
function grouped({ numGroups, groupSize }: GroupNorm, x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [...x.shape.slice(0, -1), numGroups, groupSize]);
}

function groupedMask(layer: GroupNorm, mask: tf.Tensor, x: tf.Tensor): tf.Tensor {
  assertNormMask(mask, x);
  return mask.shape.at(-1) === 1 ? tf.expandDims(mask, -1) : grouped(layer, mask);
}

function assertGroups(layer: GroupNorm, count: number | undefined, size: number | undefined): void {
  if ((count === undefined) === (size === undefined)) {
    throw new InvalidArgumentError(
      "either numGroups or groupSize should be specified. Write { numGroups: 4, rngs } or { groupSize: 8, rngs }.",
      layer,
    );
  }
  const given = count ?? size!;
  if (Number.isInteger(given) && given > 0 && layer.numFeatures % given === 0) return;
  throw new InvalidArgumentError(
    count === undefined
      ? `Number of features (${layer.numFeatures}) is not a multiple of the group size (${size}). ` +
          `Pass a groupSize that divides it.`
      : `Number of groups (${count}) does not divide the number of channels (${layer.numFeatures}). ` +
          `Pass a numGroups that does.`,
    layer,
  );
}

/** Options of {@link InstanceNorm}. */
export interface InstanceNormOptions extends NormOptions {
  /** The axes that have scales and biases of their own, of `numFeatures` places together; not 0. Default -1. */
  featureAxes?: Axes | undefined;
}

/**
 * Instance normalisation: as LayerNorm, with mean and variance over all axes but the first, that of the batch, and
 * `featureAxes`: each feature of each image by itself. Draws two keys of the stream `params`: scale, bias.
 *
 * @see flax.nnx.InstanceNorm; Ulyanov et al., 2016, https://arxiv.org/abs/1607.08022
 */
export class InstanceNorm extends Norm {
  static override readonly name: string = "InstanceNorm";
  readonly featureAxes: readonly number[];

  constructor(numFeatures: number, options: InstanceNormOptions) {
    super(numFeatures, options);
    this.featureAxes = asAxes(givenOptions(options).featureAxes ?? -1, "featureAxes", this);
    addScaleAndBias(this, givenOptions(options));
  }

  /** @throws ShapeMismatchError for an input of another size along `featureAxes`, or whose first axis is one */
  forward(x: tf.Tensor, { mask }: NormForwardOptions = {}): tf.Tensor {
    assertTensor(x, this);
    const features = axesOf(this.featureAxes, x.shape, "featureAxes", this);
    if (features.includes(0)) {
      throw new ShapeMismatchError(
        "The channel axes cannot include the leading dimension, as this is assumed to be the batch axis: got an " +
          `input of shape [${x.shape.join(", ")}]. Add the batch axis: tf.expandDims(x, 0).`,
        this,
      );
    }
    assertFeatures(x, features, this.numFeatures, this);
    const [input, scale, bias] = promoted(this, [x, this.scale?.value, this.bias?.value]);
    const [mean, variance] = moments(input, otherAxes([0, ...features], x.rank), {
      mask,
      fast: this.useFastVariance,
      keepDims: true,
    });
    return normalize(
      input,
      { mean, variance, epsilon: this.epsilon },
      { scale: alongAxes(scale, features, x.shape), bias: alongAxes(bias, features, x.shape) },
    );
  }
}
