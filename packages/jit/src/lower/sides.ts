/** @file Padding by one number said for each side, for which TensorFlow.js computes the right shapes. */
import type { backend_util } from "@tensorflow/tfjs-core";

type Padding = Parameters<typeof backend_util.computeConv2DInfo>[4];

/**
 * The padding of two-dimensional windows over `[batch, height, width, channels]`, a number as a list for each axis. For
 * a number TensorFlow.js takes the height of a window for its width too, and the stride down for that to the right.
 */
export function sidesOf(pad: Padding): Padding {
  if (typeof pad !== "number") return pad;
  return [[0, 0], [pad, pad], [pad, pad], [0, 0]]; // prettier-ignore
}
