/** @file What the normalisation layers share: their options, attributes and parameters. */
import type * as tf from "@tensorflow/tfjs-core";
import { onesInit, zerosInit } from "../initializers/constant.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { Module } from "../module/module.ts";
import type { Rngs } from "../random/rngs.ts";
import type { Param } from "../variable/types.ts";
import type { VariableMetadata } from "../variable/variable.ts";
import { assertSize } from "./checks.ts";
import { type ForwardOptions, givenOptions } from "./options.ts";
import { makeParam } from "./params.ts";
import { assertDtypes, type DtypeOptions, type PromoteDtype } from "./promote-dtype.ts";

/** Options of the learned scale of a normalisation layer. */
export interface ScaleOptions extends DtypeOptions {
  rngs: Rngs;
  /** Whether to multiply by a scale. Default true. */
  useScale?: boolean | undefined;
  /** Default ones. */
  scaleInit?: Initializer | undefined;
  /** Metadata of the scale's Variable. Default none. */
  scaleMetadata?: VariableMetadata | undefined;
  /** Added to the variance. Default 1e-6; 1e-5 for BatchNorm. */
  epsilon?: number | undefined;
  /**
   * Whether to compute the variance as `mean(x²) - mean(x)²`, in one pass; otherwise in two, which is exact for
   * large means. Default true, as in Flax.
   */
  useFastVariance?: boolean | undefined;
}

/** Options of the learned scale and bias of a normalisation layer. */
export interface NormOptions extends ScaleOptions {
  /** Whether to add a bias. Default true. */
  useBias?: boolean | undefined;
  /** Default zeros. */
  biasInit?: Initializer | undefined;
  /** Metadata of the bias's Variable. Default none. */
  biasMetadata?: VariableMetadata | undefined;
}

/** Options of a call of a normalisation layer. */
export interface NormForwardOptions extends ForwardOptions {
  /** Where it is false, `x` does not count for the statistics; of a shape that broadcasts to that of `x`. */
  mask?: tf.Tensor | undefined;
}

/** A layer that normalises each input by its own statistics. */
export abstract class Norm extends Module {
  static override readonly name: string = "Norm";
  readonly numFeatures: number;
  readonly epsilon: number;
  readonly useFastVariance: boolean;
  declare readonly promoteDtype?: PromoteDtype;
  scale: Param | undefined;
  bias: Param | undefined;

  /** Draws no key: the subclass does, by {@link addScaleAndBias}, when it has checked its own options. */
  constructor(numFeatures: number, options: NormOptions) {
    super();
    const { epsilon = 1e-6, useFastVariance = true, promoteDtype } = givenOptions(options);
    assertSize(numFeatures, "numFeatures", this);
    assertDtypes(givenOptions(options), this);
    this.numFeatures = numFeatures;
    this.epsilon = epsilon;
    this.useFastVariance = useFastVariance;
    if (promoteDtype) this.promoteDtype = promoteDtype;
  }
}

/** A layer with a learned scale and bias. */
interface Affine {
  readonly numFeatures: number;
  scale: Param | undefined;
  bias: Param | undefined;
}

/** Gives a layer the scale, then the bias, each `[numFeatures]`, that the options ask for. */
export function addScaleAndBias(
  layer: Affine,
  {
    rngs,
    useScale = true,
    useBias = true,
    scaleInit = onesInit(),
    biasInit = zerosInit(),
    scaleMetadata,
    biasMetadata,
  }: NormOptions,
): void {
  const make = (init: Initializer, metadata: VariableMetadata | undefined) =>
    makeParam(init, [layer.numFeatures], rngs, layer, metadata);
  layer.scale = useScale ? make(scaleInit, scaleMetadata) : undefined;
  layer.bias = useBias ? make(biasInit, biasMetadata) : undefined;
}
