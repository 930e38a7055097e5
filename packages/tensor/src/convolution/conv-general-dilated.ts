/** @file Convolution in one to three dimensions with strides, dilations of both operands, padding and groups. */
import * as tf from "@tensorflow/tfjs-core";
import { padOrCrop, stretch } from "./axes.ts";
import { assertConvolution } from "./check.ts";
import { convolve, convolveDepthwise } from "./convolve.ts";
import type { ConvGeneralDilatedOptions, Convolution } from "./options.ts";

/**
 * The correlation of each window of `x` with `kernel` (nothing is turned round), channels last:
 * `[batch, ...spatial, in]` and `[...size, in / featureGroupCount, out]` → `[batch, ...windows, out]`,
 * with one to three spatial axes.
 *
 * Along an axis of `n` elements there are
 * `floor((low + (n - 1) * inputDilation + 1 + high - (size - 1) * kernelDilation - 1) / stride) + 1` windows.
 * Differentiable any number of times on every backend.
 *
 * ```ts
 * const x = tf.ones([1, 8, 3]);
 * const y = convGeneralDilated(x, tf.ones([3, 3, 4]), { padding: [[1, 1]], strides: [2] }); // [1, 4, 4]
 * ```
 *
 * @throws ConvolutionArgumentError for shapes and options that do not fit together, or where no window fits
 * @see jax.lax.conv_general_dilated
 */
export function convGeneralDilated(
  x: tf.Tensor,
  kernel: tf.Tensor,
  options: ConvGeneralDilatedOptions = {},
): tf.Tensor {
  const convolution = assertConvolution(x, kernel, options);
  if (x.rank > 3) return convolveGroups(x, kernel, convolution);
  // One dimension is two with a single row.
  const y = convolveGroups(tf.expandDims(x, 1), tf.expandDims(kernel, 0), asPlane(convolution));
  return tf.squeeze(y, [1]);
}

function asPlane({ strides, padding, inputDilation, kernelDilation, ...rest }: Convolution): Convolution {
  return {
    strides: [1, ...strides],
    padding: [[0, 0], ...padding],
    inputDilation: [1, ...inputDilation],
    kernelDilation: [1, ...kernelDilation],
    ...rest,
  };
}

function convolveGroups(x: tf.Tensor, kernel: tf.Tensor, convolution: Convolution): tf.Tensor {
  const { strides, padding, inputDilation, kernelDilation: dilations, featureGroupCount } = convolution;
  const stretched = stretch(x, inputDilation);
  const steps = { strides, dilations };
  if (featureGroupCount === 1) return convolve(stretched, kernel, steps, padding);
  const [inputs, outputs] = [x.shape.at(-1)!, kernel.shape.at(-1)!];
  if (featureGroupCount === inputs && x.rank === 4) {
    const filter = tf.reshape(kernel, [...kernel.shape.slice(0, 2), inputs, outputs / inputs]);
    return convolveDepthwise(stretched, filter, steps, padding);
  }
  const padded = padOrCrop(stretched, padding);
  const kernels = tf.split(kernel, featureGroupCount, -1);
  const parts = tf.split(padded, featureGroupCount, -1).map((part, i) => convolve(part, kernels[i]!, steps));
  return tf.concat(parts, -1);
}
