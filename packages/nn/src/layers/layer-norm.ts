/** @file Normalisation of each element of a batch by itself. */
import { assertTensor } from "./checks.ts";
import type * as tf from "@tensorflow/tfjs-core";
import { asAxes, type Axes, axesOf } from "./axes.ts";
import { meanSquare, moments } from "./moments.ts";
import {
  addScaleAndBias,
  Norm,
  type NormForwardOptions,
  type NormOptions,
  type ScaleOptions,
} from "./norm.ts";
import { alongAxes, assertFeatures, normalize } from "./normalize.ts";
import { givenOptions } from "./options.ts";
import { promoted } from "./promote-dtype.ts";

/** Which axes {@link LayerNorm} and {@link RMSNorm} work along. */
export interface NormAxes {
  /** The axes that the statistics are taken over. Default -1. */
  reductionAxes?: Axes | undefined;
  /** The axes that have scales and biases of their own, of `numFeatures` places together. Default -1. */
  featureAxes?: Axes | undefined;
}

/** Options of {@link LayerNorm}. */
export interface LayerNormOptions extends NormOptions, NormAxes {}

/** Options of {@link RMSNorm}. */
export interface RMSNormOptions extends ScaleOptions, NormAxes {}

/**
 * Layer normalisation: `y = (x - mean) / sqrt(var + epsilon) * scale + bias`, with mean and variance of each input
 * over `reductionAxes`; any shape, `numFeatures` places along `featureAxes`.
 *
 * Draws two keys of the stream `params`: scale, bias.
 *
 * @see flax.nnx.LayerNorm; Ba et al., 2016, https://arxiv.org/abs/1607.06450
 */
export class LayerNorm extends Norm {
  static override readonly name: string = "LayerNorm";
  readonly reductionAxes: readonly number[];
  readonly featureAxes: readonly number[];

  constructor(numFeatures: number, options: LayerNormOptions) {
    super(numFeatures, options);
    const { reductionAxes = -1, featureAxes = -1 } = givenOptions(options);
    this.reductionAxes = asAxes(reductionAxes, "reductionAxes", this);
    this.featureAxes = asAxes(featureAxes, "featureAxes", this);
    addScaleAndBias(this, givenOptions(options));
  }

  /** @throws ShapeMismatchError for an input without these axes or of another size along `featureAxes` */
  forward(x: tf.Tensor, { mask }: NormForwardOptions = {}): tf.Tensor {
    assertTensor(x, this);
    const features = axesOf(this.featureAxes, x.shape, "featureAxes", this);
    const axes = axesOf(this.reductionAxes, x.shape, "reductionAxes", this);
    assertFeatures(x, features, this.numFeatures, this);
    const [input, scale, bias] = promoted(this, [x, this.scale?.value, this.bias?.value]);
    const [mean, variance] = moments(input, axes, { mask, fast: this.useFastVariance, keepDims: true });
    return normalize(
      input,
      { mean, variance, epsilon: this.epsilon },
      { scale: alongAxes(scale, features, x.shape), bias: alongAxes(bias, features, x.shape) },
    );
  }
}

/**
 * Root-mean-square normalisation: `y = x / sqrt(mean(x²) + epsilon) * scale`, the mean over `reductionAxes`; any
 * shape, `numFeatures` places along `featureAxes`.
 *
 * Draws one key of the stream `params`: scale.
 *
 * @see flax.nnx.RMSNorm; Zhang and Sennrich, 2019, https://arxiv.org/abs/1910.07467
 */
export class RMSNorm extends Norm {
  static override readonly name: string = "RMSNorm";
  readonly reductionAxes: readonly number[];
  readonly featureAxes: readonly number[];

  constructor(numFeatures: number, options: RMSNormOptions) {
    super(numFeatures, options);
    const { reductionAxes = -1, featureAxes = -1 } = givenOptions(options);
    this.reductionAxes = asAxes(reductionAxes, "reductionAxes", this);
    this.featureAxes = asAxes(featureAxes, "featureAxes", this);
    addScaleAndBias(this, { ...givenOptions(options), useBias: false });
  }

  /** @throws ShapeMismatchError for an input without these axes or of another size along `featureAxes` */
  forward(x: tf.Tensor, { mask }: NormForwardOptions = {}): tf.Tensor {
    assertTensor(x, this);
    const features = axesOf(this.featureAxes, x.shape, "featureAxes", this);
    const axes = axesOf(this.reductionAxes, x.shape, "reductionAxes", this);
    assertFeatures(x, features, this.numFeatures, this);
    const [input, scale] = promoted(this, [x, this.scale?.value]);
    const variance = meanSquare(input, axes, mask);
    return normalize(
      input,
      { variance, epsilon: this.epsilon },
      { scale: alongAxes(scale, features, x.shape), bias: undefined },
    );
  }
}
