/** @file Transposed convolution. */
import { convGeneralDilated } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { Param } from "../../variable/types.ts";
import { type ForwardOptions, givenOptions } from "../options.ts";
import { ConvBase, convolved, type KernelOptions, makeConvParams, windowsOf } from "./conv-base.ts";
import { assertWindows } from "./kernel.ts";
import { canonicalPadding, type ConvTransposePadding, type PadPair, transposedPadding } from "./padding.ts";
import { wrapped } from "./wrapped.ts";

/** Options of {@link ConvTranspose}; `strides` are the steps from one input to the next among the outputs. */
export interface ConvTransposeOptions extends KernelOptions {
  /** Default `"SAME"`. */
  padding?: ConvTransposePadding | undefined;
  /** Whether the kernel is that of the convolution which this one transposes. Default false. */
  transposeKernel?: boolean | undefined;
}

const MODES = ["SAME", "VALID", "CIRCULAR"] as const;

/**
 * A transposed convolution in one to three dimensions, channels last: `[..., ...spatial, inFeatures]` →
 * `[..., ...outputs, outFeatures]`, with any number of batch axes, none included: a convolution of the input with
 * `stride - 1` zeros between its elements. An axis of `n` elements and a window of `k`, dilation included, gives
 *
 * - `"SAME"`: `n * stride` outputs; `"CIRCULAR"` too, and what leaves at one end comes in at the other;
 * - `"VALID"`: `n * stride + max(k - stride, 0)`;
 * - numbers: zeros before and after the stretched input, so `(n - 1) * stride + 1 + low + high - k + 1`.
 *
 * The kernel `[...kernelSize, inFeatures, outFeatures]` is not turned round, unlike that of `tf.conv2dTranspose`; with
 * `transposeKernel` it is `[...kernelSize, outFeatures, inFeatures]` and is, so that the layer is the transpose of a
 * `Conv` with that kernel, those strides and that padding: `sum(conv(x) * y) = sum(x * transpose(y))`, without biases,
 * where `x` is of the size that `transpose` gives (Flax rolls `"CIRCULAR"` by one place for kernels of even sizes at
 * stride 1, and for most sizes at strides above 2). `bias` has shape `[outFeatures]`. Draws two keys of the stream `params`: kernel, bias (none
 * for a missing bias).
 *
 * ```ts
 * const up = new ConvTranspose(8, 3, [3, 3], { strides: 2, rngs: new Rngs(0) });
 * up.forward(tf.ones([1, 14, 14, 8])).shape; // => [ 1, 28, 28, 3 ]
 * ```
 *
 * @see flax.nnx.ConvTranspose, jax.lax.conv_transpose
 */
export class ConvTranspose extends ConvBase {
  static override readonly name: string = "ConvTranspose";
  readonly kernelShape: readonly number[];
  readonly padding: ConvTransposePadding;
  readonly transposeKernel: boolean;
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
    options: ConvTransposeOptions,
  ) {
    super(inFeatures, outFeatures, kernelSize, options);
    const { padding = "SAME", transposeKernel = false } = givenOptions(options);
    canonicalPadding(padding, this.kernelSize.length, MODES, this);
    this.padding = padding;
    this.transposeKernel = transposeKernel;
    const features = transposeKernel ? [outFeatures, inFeatures] : [inFeatures, outFeatures];
    this.kernelShape = [...this.kernelSize, ...features];
    const { kernel, bias } = makeConvParams(this, options);
    this.kernel = kernel;
    this.bias = bias;
  }

  /**
   * @throws ShapeMismatchError for an input that is not `[..., ...spatial, inFeatures]`, or that no window fits into;
   *   DtypeError for one without numbers
   */
  forward(x: tf.Tensor, _options?: ForwardOptions): tf.Tensor {
    return convolved(this, x, (input, kernel) =>
      convolve(this, input, this.transposeKernel ? transposed(kernel) : kernel),
    );
  }
}

function convolve(layer: ConvTranspose, x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const { strides, kernelDilation } = layer;
  const spatial = x.shape.slice(1, -1);
  const mode = canonicalPadding(layer.padding, spatial.length, MODES, layer);
  const windows = windowsOf(layer);
  const padding = windows.map((window, i): PadPair => {
    if (typeof mode !== "string") return mode[i]!;
    const axis = { input: spatial[i]!, window, stride: strides[i]! };
    return transposedPadding(axis, mode === "SAME" ? "SAME" : "VALID");
  });
  const lengths = padding.map(([low, high], i) => low + (spatial[i]! - 1) * strides[i]! + 1 + high);
  assertWindows(lengths, windows, x, layer);
  const y = convGeneralDilated(x, kernel, { padding, inputDilation: strides, kernelDilation });
  if (mode !== "CIRCULAR") return y;
  const periods = spatial.map((size, i) => size * strides[i]!);
  const starts = windows.map((window, i) =>
    layer.transposeKernel ? -reach(window) : flaxStart(periods[i]!, y.shape[i + 1]!),
  );
  return wrapped(y, periods, starts);
}

/** How far a window of a circular `Conv` reaches back from its place. */
function reach(window: number): number {
  return Math.floor((window - 1) / 2);
}

/**
 * Where Flax lets a result of `size` begin on a circle of `period`: in its middle, if the circle is gone round twice
 * at least. Kernels of even sizes, which have none, begin one place further.
 */
function flaxStart(period: number, size: number): number {
  const gap = (((period - size) % (2 * period)) + 2 * period) % (2 * period);
  return Math.ceil(gap / 2);
}

/** The kernel turned round, with its channels exchanged. */
function transposed(kernel: tf.Tensor): tf.Tensor {
  const axes = kernel.rank - 2;
  const positions = tf.util.sizeFromShape(kernel.shape.slice(0, axes));
  // All spatial axes at once: not every backend reverses more than four axes.
  const turned = tf.reshape(tf.reverse(tf.reshape(kernel, [positions, -1]), 0), kernel.shape);
  return tf.transpose(turned, [...Array(axes).keys(), axes + 1, axes]);
}
