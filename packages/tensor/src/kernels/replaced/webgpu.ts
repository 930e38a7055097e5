/** @file Every kernel of the webgpu backend that is replaced. */
import { broadcastMatMul } from "./broadcast-mat-mul.ts";
import { gpuCumulative } from "./cumulative.ts";
import { webGpuIndexing } from "./indexing.ts";
import { webGpuStridedSlice } from "./strided-slice.ts";
import { dilatedDepthwise } from "./dilated-depthwise.ts";
import { einsumOf } from "./einsum.ts";
import { gpuMaxPool } from "./gpu-max-pool.ts";
import { poolingOfNothing } from "./max-pool.ts";
import { gpuPad } from "./gpu-pad.ts";
import { webGpuPairs } from "./gpu-pairs.ts";
import { gpuRanks } from "./gpu-ranks.ts";
import { reductionsOfNothing } from "./empty-reductions.ts";
import { webGpuIntegers } from "./webgpu-integers.ts";
import { webGpuSmallValues } from "./gpu-small-values.ts";
import { integerConv3D } from "./integer-conv3d.ts";
import { averagePoolGradients } from "./average-pool-gradient.ts";
import { webGpuImages } from "./images.ts";
import { linSpaceOn } from "./lin-space.ts";
import { webgpu } from "../hosts/webgpu.ts";
import { webGpuTopK } from "./webgpu-top-k.ts";
import { sameDraws } from "./multinomial.ts";
import { numericPad } from "./numeric-pad.ts";
import { castOneHot } from "./one-hot.ts";
import type { ReplacedKernel } from "./replacement.ts";
import { typedNothing } from "./typed-nothing.ts";
import { webGpuAddN } from "./webgpu-add-n.ts";
import { webGpuCast } from "./webgpu-cast.ts";
import { webGpuConvolution } from "./webgpu-convolution.ts";
import { webGpuCumulative } from "./webgpu-cumulative.ts";
import { webGpuSoftmax } from "./webgpu-softmax.ts";
import { webGpuSeveralAxes } from "./webgpu-several-axes.ts";

export const replacedOnWebGpu: readonly ReplacedKernel[] = [
  // Before those for empty axes, which then take what has one.
  ...webGpuSeveralAxes,
  ...webGpuSmallValues,
  ...webGpuPairs,
  ...reductionsOfNothing("webgpu"),
  ...broadcastMatMul("webgpu"),
  ...einsumOf("webgpu"),
  ...gpuMaxPool("webgpu"),
  ...typedNothing(webgpu),
  ...gpuPad,
  ...webGpuCast,
  ...webGpuCumulative,
  ...gpuCumulative,
  ...gpuRanks("webgpu"),
  ...webGpuIndexing,
  ...webGpuStridedSlice,
  ...webGpuIntegers,
  ...poolingOfNothing("webgpu"),
  ...webGpuAddN,
  ...webGpuSoftmax,
  ...webGpuConvolution,
  ...integerConv3D,
  ...dilatedDepthwise,
  ...averagePoolGradients,
  ...sameDraws("webgpu"),
  ...webGpuTopK,
  ...webGpuImages,
  ...linSpaceOn(webgpu),
  ...numericPad,
  ...castOneHot,
];
