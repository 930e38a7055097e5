/** @file Every kernel of the webgpu backend that is replaced. */
import { broadcastMatMul } from "./broadcast-mat-mul.ts";
import { einsumOf } from "./einsum.ts";
import { gpuMaxPool } from "./gpu-max-pool.ts";
import { gpuPad } from "./gpu-pad.ts";
import type { ReplacedKernel } from "./replacement.ts";
import { webGpuBincount } from "./webgpu-bincount.ts";
import { webGpuCast } from "./webgpu-cast.ts";
import { webGpuCumulative } from "./webgpu-cumulative.ts";
import { webGpuUnsortedSegmentSum } from "./webgpu-unsorted-segment-sum.ts";

export const replacedOnWebGpu: readonly ReplacedKernel[] = [
  ...broadcastMatMul("webgpu"),
  ...einsumOf("webgpu"),
  ...webGpuBincount,
  ...gpuMaxPool("webgpu"),
  ...gpuPad,
  ...webGpuCast,
  ...webGpuCumulative,
  ...webGpuUnsortedSegmentSum,
];
