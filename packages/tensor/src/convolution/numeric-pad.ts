/** @file Padding by one number said for each side, for which TensorFlow.js computes the right shapes. */
import type { backend_util } from "@tensorflow/tfjs-core";

type Padding = Parameters<typeof backend_util.computeConv2DInfo>[4];

/**
 * The padding of two-dimensional windows, a number as a list for each axis. For a number TensorFlow.js takes the height
 * of a window for its width too, and the stride down for that to the right.
 */
export function paddingSides(pad: Padding, dataFormat = "NHWC"): Padding {
  if (typeof pad !== "number") return pad;
  const [none, both] = [[0, 0] as [number, number], [pad, pad] as [number, number]];
  return dataFormat === "NCHW" ? [none, none, both, both] : [none, both, both, none];
}
