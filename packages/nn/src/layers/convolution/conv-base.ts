/** @file What convolutions and transposed convolutions have in common: their attributes, and how a call goes. */
import * as tf from "@tensorflow/tfjs-core";
import { Module } from "../../module/module.ts";
import type { Param } from "../../variable/types.ts";
import { assertSize } from "../checks.ts";
import type { LinearOptions } from "../linear.ts";
import { givenOptions } from "../options.ts";
import { makeKernelAndBias } from "../params.ts";
import { assertDtypes, promoted, type PromoteDtype } from "../promote-dtype.ts";
import { addBias, assertMask, assertNoImages, assertSpatial, kernelSizes, maskedKernel, perAxis, withOneBatchAxis } from "./kernel.ts"; // prettier-ignore

/** Options that `Conv` and `ConvTranspose` share: those of a `Linear`, and how the kernel lies on the input. */
export interface KernelOptions extends LinearOptions {
  /** From one window to the next: for every spatial axis, or for each. Default 1. */
  strides?: number | readonly number[] | undefined;
  /** From one element of the kernel to the next, with zeros between: for every spatial axis, or for each. Default 1. */
  kernelDilation?: number | readonly number[] | undefined;
  /** Multiplied with the kernel, of its shape: zeros cut connections. Default none. */
  mask?: tf.Tensor | undefined;
}

/** A layer whose kernel moves over the spatial axes of its input. */
export abstract class ConvBase extends Module {
  static override readonly name: string = "ConvBase";
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly kernelDilation: readonly number[];
  /** Set where `kernelSize` was given as a number. */
  declare readonly isOneDimensional?: true;
  readonly useBias: boolean;
  declare readonly promoteDtype?: PromoteDtype;
  mask: tf.Tensor | undefined;
  abstract readonly kernelShape: readonly number[];
  abstract kernel: Param;
  abstract bias: Param | undefined;

  /** Takes what both kinds are told; no key is drawn before the subclass has checked its own options. */
  constructor(
    inFeatures: number,
    outFeatures: number,
    kernelSize: number | readonly number[],
    options: KernelOptions,
  ) {
    super();
    const { strides = 1, kernelDilation = 1, useBias = true, mask, promoteDtype } = givenOptions(options);
    assertSize(inFeatures, "inFeatures", this);
    assertSize(outFeatures, "outFeatures", this);
    assertDtypes(givenOptions(options), this);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.kernelSize = kernelSizes(kernelSize, this);
    if (typeof kernelSize === "number") this.isOneDimensional = true;
    this.strides = perAxis(strides, this.kernelSize.length, "strides", this);
    this.kernelDilation = perAxis(kernelDilation, this.kernelSize.length, "kernelDilation", this);
    this.useBias = useBias;
    if (promoteDtype) this.promoteDtype = promoteDtype;
    this.mask = mask;
  }
}

/** The kernel, of the layer's `kernelShape`, and the bias; checks the mask first. */
export function makeConvParams(
  layer: ConvBase,
  options: KernelOptions,
): { kernel: Param; bias: Param | undefined } {
  assertMask(layer.mask, layer.kernelShape, layer);
  return makeKernelAndBias(layer.kernelShape, [layer.outFeatures], givenOptions(options), layer);
}

/** One call: `convolve` is given the input with one batch axis and the masked kernel. */
export function convolved(
  layer: ConvBase,
  x: tf.Tensor,
  convolve: (x: tf.Tensor, kernel: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const axes = layer.kernelSize.length;
  assertSpatial(x, axes, layer.inFeatures, layer);
  if (layer.isOneDimensional) assertNoImages(x, layer);
  const masked = maskedKernel(layer.kernel.value, layer.mask, layer);
  const [input, kernel, bias] = promoted(layer, [x, masked, layer.bias?.value]);
  return withOneBatchAxis(input, axes, (batch) => addBias(convolve(batch, kernel), bias));
}

/** Elements from the first to the last of a window, dilation included, along each spatial axis. */
export function windowsOf({ kernelSize, kernelDilation }: ConvBase): number[] {
  return kernelSize.map((size, i) => (size - 1) * kernelDilation[i]! + 1);
}
