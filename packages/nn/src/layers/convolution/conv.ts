/** @file Convolution. */
import { convGeneralDilated } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { zerosInit } from "../../initializers/constant.ts";
import { lecunNormal } from "../../initializers/variance-scaling.ts";
import { Module } from "../../module/module.ts";
import type { Param } from "../../variable/types.ts";
import { assertSize } from "../checks.ts";
import { type ForwardOptions, givenOptions } from "../options.ts";
import { makeParam } from "../params.ts";
import { assertDtypes, promoted, type PromoteDtype } from "../promote-dtype.ts";
import { continued } from "./continuation.ts";
import {
  addBias,
  assertMask,
  assertSpatial,
  assertWindows,
  type KernelOptions,
  kernelSizes,
  maskedKernel,
  perAxis,
  withOneBatchAxis,
} from "./kernel.ts";
import { canonicalPadding, type ConvPadding, type PadPair, samePadding } from "./padding.ts";

/** Options of {@link Conv}. */
export interface ConvOptions extends KernelOptions {
  /** Default `"SAME"`. */
  padding?: ConvPadding | undefined;
  /** From one element of the input to the next, with zeros between; needs explicit padding if not 1. Default 1. */
  inputDilation?: number | readonly number[] | undefined;
  /** In how many groups the features are; each group of outputs sees one group of inputs. Default 1. */
  featureGroupCount?: number | undefined;
}

const MODES = ["SAME", "SAME_LOWER", "VALID", "CIRCULAR", "REFLECT", "CAUSAL"] as const;

/**
 * A convolution in one to three dimensions, channels last: `[..., ...spatial, inFeatures]` →
 * `[..., ...windows, outFeatures]`, with any number of batch axes, none included. The kernel is not turned round.
 *
 * `kernel` has shape `[...kernelSize, inFeatures / featureGroupCount, outFeatures]`, `bias` `[outFeatures]`. Draws two
 * keys of the stream `params`: kernel, bias (none for a missing bias).
 *
 * ```ts
 * const conv = new Conv(3, 8, [3, 3], { strides: 2, rngs: new Rngs(0) });
 * conv.forward(tf.ones([1, 28, 28, 3])).shape; // => [ 1, 14, 14, 8 ]
 * ```
 *
 * Differs from Flax: where no window fits into the input there is an error, not an empty output.
 *
 * @see flax.nnx.Conv
 */
export class Conv extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly kernelSize: readonly number[];
  readonly kernelShape: readonly number[];
  readonly strides: readonly number[];
  readonly padding: ConvPadding;
  readonly inputDilation: readonly number[];
  readonly kernelDilation: readonly number[];
  readonly featureGroupCount: number;
  readonly useBias: boolean;
  declare readonly promoteDtype?: PromoteDtype;
  mask: tf.Tensor | undefined;
  kernel: Param;
  bias: Param | undefined;

  /**
   * @param kernelSize `3` for one spatial axis, `[3, 3]` for two
   * @throws InvalidArgumentError, ShapeMismatchError for options that do not fit together
   */
  constructor(
    inFeatures: number,
    outFeatures: number,
    kernelSize: number | readonly number[],
    options: ConvOptions,
  ) {
    super();
    const {
      rngs,
      strides = 1,
      padding = "SAME",
      inputDilation = 1,
      kernelDilation = 1,
      featureGroupCount = 1,
      useBias = true,
      mask,
      kernelInit = lecunNormal(),
      biasInit = zerosInit(),
      kernelMetadata,
      biasMetadata,
      promoteDtype,
    } = givenOptions(options);
    assertSize(inFeatures, "inFeatures", this);
    assertSize(outFeatures, "outFeatures", this);
    assertSize(featureGroupCount, "featureGroupCount", this);
    assertDtypes(givenOptions(options), this);
    for (const [name, features] of Object.entries({ inFeatures, outFeatures })) {
      if (features % featureGroupCount === 0) continue;
      throw new InvalidArgumentError(
        `expected ${name} in ${featureGroupCount} equal groups (featureGroupCount), got ${features}.`,
        this,
      );
    }
    const sizes = kernelSizes(kernelSize, this);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.kernelSize = sizes;
    this.kernelShape = [...sizes, inFeatures / featureGroupCount, outFeatures];
    this.strides = perAxis(strides, sizes.length, "strides", this);
    this.padding = padding;
    this.inputDilation = perAxis(inputDilation, sizes.length, "inputDilation", this);
    this.kernelDilation = perAxis(kernelDilation, sizes.length, "kernelDilation", this);
    this.featureGroupCount = featureGroupCount;
    this.useBias = useBias;
    if (promoteDtype) this.promoteDtype = promoteDtype;
    this.paddingMode();
    assertMask(mask, this.kernelShape, this);
    this.mask = mask;
    this.kernel = makeParam(kernelInit, this.kernelShape, rngs, this, kernelMetadata);
    this.bias = useBias ? makeParam(biasInit, [outFeatures], rngs, this, biasMetadata) : undefined;
  }

  /**
   * @throws ShapeMismatchError for an input that is not `[..., ...spatial, inFeatures]`, or that no window fits into;
   *   DtypeError for one without numbers
   */
  forward(x: tf.Tensor, _options?: ForwardOptions): tf.Tensor {
    assertSpatial(x, this.kernelSize.length, this.inFeatures, this);
    const kernel = maskedKernel(this.kernel.value, this.mask, this);
    const [input, weights, bias] = promoted(this, [x, kernel, this.bias?.value]);
    return withOneBatchAxis(input, this.kernelSize.length, (batch) => {
      const y = this.convolve(batch, weights);
      return addBias(y, bias);
    });
  }

  private convolve(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    const mode = this.paddingMode();
    const windows = this.kernelSize.map((size, i) => (size - 1) * this.kernelDilation[i]! + 1);
    const continues = mode === "CIRCULAR" || mode === "REFLECT";
    const around = windows.map((window): PadPair => [Math.floor((window - 1) / 2), Math.floor(window / 2)]);
    const input = continues ? continued(x, around, mode) : x;
    const spatial = input.shape.slice(1, -1);
    const padding = windows.map((window, i): PadPair => {
      const axis = { input: spatial[i]!, window, stride: this.strides[i]! };
      if (mode === "SAME") return samePadding(axis);
      if (mode === "SAME_LOWER") return samePadding(axis, "low");
      if (mode === "CAUSAL") return [window - 1, 0];
      return typeof mode === "string" ? [0, 0] : mode[i]!;
    });
    const lengths = padding.map(
      ([low, high], i) => low + (spatial[i]! - 1) * this.inputDilation[i]! + 1 + high,
    );
    assertWindows(lengths, windows, x, this);
    return convGeneralDilated(input, kernel, {
      strides: this.strides,
      padding,
      inputDilation: this.inputDilation,
      kernelDilation: this.kernelDilation,
      featureGroupCount: this.featureGroupCount,
    });
  }

  private paddingMode(): (typeof MODES)[number] | PadPair[] {
    const axes = this.kernelSize.length;
    const mode = canonicalPadding(this.padding, axes, MODES, this);
    if (mode === "CAUSAL" && axes !== 1) {
      throw new InvalidArgumentError(
        `Causal padding is only implemented for 1D convolutions, got a kernel with ${axes} spatial axes. ` +
          `Give pairs: { padding: ${JSON.stringify(this.kernelSize.map((size) => [size - 1, 0]))} }.`,
        this,
      );
    }
    if (typeof mode === "string" && this.inputDilation.some((dilation) => dilation > 1)) {
      throw new InvalidArgumentError(
        `padding "${mode}" is not defined for a dilated input. ` +
          `Give numbers, such as { padding: ${JSON.stringify(this.kernelSize.map(() => [0, 0]))} }, or use ConvTranspose.`,
        this,
      );
    }
    return mode;
  }
}
