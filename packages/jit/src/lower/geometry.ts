/** @file What windows over two and three axes have in common, from what TensorFlow.js says of them. */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { Sizes } from "../steps/specs/convolution.ts";

type Info2D = Pick<
  backend_util.Conv2DInfo,
  "batchSize" | `${"in" | "out" | "stride" | "dilation" | "filter"}${"Height" | "Width"}` | "padInfo"
>;
type Info3D = Omit<Info2D, "padInfo"> &
  Pick<backend_util.Conv3DInfo, `${"in" | "out" | "stride" | "dilation" | "filter"}Depth` | "padInfo">;

/** Depth, height and width of each; images have a depth of 1. */
export interface Geometry {
  readonly batch: number;
  readonly input: Sizes;
  readonly filter: Sizes;
  readonly output: Sizes;
  readonly strides: Sizes;
  readonly dilations: Sizes;
  /** Padding before the first element of each axis. */
  readonly before: Sizes;
}

/** The same under the names that routines have for it. */
export function geometryOf(info: Info2D | Info3D): Geometry {
  const all = info as Info2D & Partial<Info3D>;
  const { padInfo: pad } = all;
  return {
    batch: all.batchSize,
    input: [all.inDepth ?? 1, all.inHeight, all.inWidth],
    filter: [all.filterDepth ?? 1, all.filterHeight, all.filterWidth],
    output: [all.outDepth ?? 1, all.outHeight, all.outWidth],
    strides: [all.strideDepth ?? 1, all.strideHeight, all.strideWidth],
    dilations: [all.dilationDepth ?? 1, all.dilationHeight, all.dilationWidth],
    before: [("front" in pad ? pad.front : undefined) ?? 0, pad.top, pad.left],
  };
}
