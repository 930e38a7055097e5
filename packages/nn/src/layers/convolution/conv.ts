/** @file Convolution. */
import { convGeneralDilated } from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import type { Param } from "../../variable/types.ts";
import { assertSize } from "../checks.ts";
import { type ForwardOptions, givenOptions } from "../options.ts";
import { continued } from "./continuation.ts";
import { ConvBase, convolved, type KernelOptions, makeConvParams, windowsOf } from "./conv-base.ts";
import { assertWindows, perAxis } from "./kernel.ts";
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
 * Differs from Flax: where no window fits into the input there is an error, not an empty output; and a kernel size
 * that is a number, given images, is an error that says what a convolution in two dimensions needs. Flax takes the
 * rows of the images for a batch, as `[3]` does here.
 *
 * @see flax.nnx.Conv
 */
export class Conv extends ConvBase {
  static override readonly name: string = "Conv";
  readonly kernelShape: readonly number[];
  readonly padding: ConvPadding;
  readonly inputDilation: readonly number[];
  readonly featureGroupCount: number;
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
    super(inFeatures, outFeatures, kernelSize, options);
    const { padding = "SAME", inputDilation = 1, featureGroupCount = 1 } = givenOptions(options);
    this.padding = padding;
    this.inputDilation = perAxis(inputDilation, this.kernelSize.length, "inputDilation", this);
    this.featureGroupCount = featureGroupCount;
    assertGroups(this);
    paddingMode(this);
    this.kernelShape = [...this.kernelSize, inFeatures / featureGroupCount, outFeatures];
    const { kernel, bias } = makeConvParams(this, options);
    this.kernel = kernel;
    this.bias = bias;
  }

  /**
   * @throws ShapeMismatchError for an input that is not `[..., ...spatial, inFeatures]`, or that no window fits into;
   *   DtypeError for one without numbers
   */
  forward(x: tf.Tensor, _options?: ForwardOptions): tf.Tensor {
    return convolved(this, x, (input, kernel) => convolve(this, input, kernel));
  }
}

function convolve(layer: Conv, x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const { strides, inputDilation, kernelDilation, featureGroupCount } = layer;
  const mode = paddingMode(layer);
  const windows = windowsOf(layer);
  const continues = mode === "CIRCULAR" || mode === "REFLECT";
  const around = windows.map((window): PadPair => [Math.floor((window - 1) / 2), Math.floor(window / 2)]);
  const input = continues ? continued(x, around, mode) : x;
  const spatial = input.shape.slice(1, -1);
  const padding = windows.map((window, i): PadPair => {
    const axis = { input: spatial[i]!, window, stride: strides[i]! };
    if (mode === "SAME") return samePadding(axis);
    if (mode === "SAME_LOWER") return samePadding(axis, "low");
    if (mode === "CAUSAL") return [window - 1, 0];
    return typeof mode === "string" ? [0, 0] : mode[i]!;
  });
  const lengths = padding.map(([low, high], i) => low + (spatial[i]! - 1) * inputDilation[i]! + 1 + high);
  assertWindows(lengths, windows, x, layer);
  return convGeneralDilated(input, kernel, {
    strides,
    padding,
    inputDilation,
    kernelDilation,
    featureGroupCount,
  });
}

function paddingMode(layer: Conv): (typeof MODES)[number] | PadPair[] {
  const { kernelSize, inputDilation } = layer;
  const axes = kernelSize.length;
  const mode = canonicalPadding(layer.padding, axes, MODES, layer);
  if (mode === "CAUSAL" && axes !== 1) {
    throw new InvalidArgumentError(
      `Causal padding is only implemented for 1D convolutions, got a kernel with ${axes} spatial axes. ` +
        `Give pairs: { padding: ${JSON.stringify(kernelSize.map((size) => [size - 1, 0]))} }.`,
      layer,
    );
  }
  if (typeof mode === "string" && inputDilation.some((dilation) => dilation > 1)) {
    throw new InvalidArgumentError(
      `padding "${mode}" is not defined for a dilated input. ` +
        `Give numbers, such as { padding: ${JSON.stringify(kernelSize.map(() => [0, 0]))} }, or use ConvTranspose.`,
      layer,
    );
  }
  return mode;
}

function assertGroups(layer: Conv): void {
  const { inFeatures, outFeatures, featureGroupCount } = layer;
  assertSize(featureGroupCount, "featureGroupCount", layer);
  for (const [name, features] of Object.entries({ inFeatures, outFeatures })) {
    if (features % featureGroupCount === 0) continue;
    throw new InvalidArgumentError(
      `expected ${name} in ${featureGroupCount} equal groups (featureGroupCount), got ${features}. ` +
        `Pass a featureGroupCount that divides inFeatures (${inFeatures}) and outFeatures (${outFeatures}).`,
      layer,
    );
  }
}
