/** @file Every kernel of the webgl backend that is replaced. */
import { broadcastMatMul } from "./broadcast-mat-mul.ts";
import { gpuCumulative } from "./cumulative.ts";
import { webGlIndexing } from "./indexing.ts";
import { webGlStridedSlice } from "./strided-slice.ts";
import { dilatedDepthwise } from "./dilated-depthwise.ts";
import { einsumOf } from "./einsum.ts";
import { gpuMaxPool } from "./gpu-max-pool.ts";
import { poolingOfNothing } from "./max-pool.ts";
import { gpuPad } from "./gpu-pad.ts";
import { webGlPairs } from "./gpu-pairs.ts";
import { gpuRanks } from "./gpu-ranks.ts";
import { reductionsOfNothing } from "./empty-reductions.ts";
import { webGlFill } from "./webgl-fill.ts";
import { webGlReverse } from "./webgl-reverse.ts";
import { webGlSmallValues } from "./gpu-small-values.ts";
import { averagePoolGradients } from "./average-pool-gradient.ts";
import { webGlImages } from "./images.ts";
import { linSpaceOn } from "./lin-space.ts";
import { webgl } from "../hosts/webgl.ts";
import { webGlOuterProduct } from "./webgl-outer-product.ts";
import { webGlLrn } from "./webgl-lrn.ts";
import { sameDraws } from "./multinomial.ts";
import { numericPad } from "./numeric-pad.ts";
import { castOneHot } from "./one-hot.ts";
import type { ReplacedKernel } from "./replacement.ts";
import { webGlClip } from "./webgl-clip.ts";
import { webGlExtremes } from "./webgl-extremes.ts";
import { webGlDivision } from "./webgl-division.ts";

export const replacedOnWebGl: readonly ReplacedKernel[] = [
  ...webGlSmallValues,
  ...webGlPairs,
  ...webGlClip,
  ...webGlExtremes,
  ...reductionsOfNothing("webgl"),
  ...broadcastMatMul("webgl"),
  ...webGlOuterProduct,
  ...einsumOf("webgl"),
  ...gpuCumulative,
  ...gpuRanks("webgl"),
  ...webGlDivision,
  ...gpuMaxPool("webgl"),
  ...gpuPad,
  ...webGlIndexing,
  ...webGlFill,
  ...webGlReverse,
  ...webGlStridedSlice,
  ...poolingOfNothing("webgl"),
  ...dilatedDepthwise,
  ...averagePoolGradients,
  ...sameDraws("webgl"),
  ...webGlLrn,
  ...webGlImages,
  ...linSpaceOn(webgl),
  ...numericPad,
  ...castOneHot,
];
