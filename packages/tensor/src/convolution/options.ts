/** @file The options of a convolution. */
import type { Pads } from "./axes.ts";

/** Options of {@link convGeneralDilated}; each list has one entry for each spatial axis. */
export interface ConvGeneralDilatedOptions {
  /** From one window to the next. Default 1. */
  strides?: readonly number[] | undefined;
  /** Zeros before and after each axis; negative numbers take elements away. Default none. */
  padding?: readonly Pads[] | undefined;
  /** From one element of the input to the next: the rest is zeros. Default 1. */
  inputDilation?: readonly number[] | undefined;
  /** From one element of the kernel to the next: the rest is zeros. Default 1. */
  kernelDilation?: readonly number[] | undefined;
  /** How many groups the channels are in; each group of outputs sees one group of inputs. Default 1. */
  featureGroupCount?: number | undefined;
}

/** The options of a convolution with nothing left out. */
export interface Convolution {
  strides: readonly number[];
  padding: readonly Pads[];
  inputDilation: readonly number[];
  kernelDilation: readonly number[];
  featureGroupCount: number;
}
