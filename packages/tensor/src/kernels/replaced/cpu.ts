/** @file Every kernel of the cpu backend that is replaced. */
import { broadcastMatMul } from "./broadcast-mat-mul.ts";
import { cpuCumulative } from "./cumulative.ts";
import { cpuIndexing } from "./indexing.ts";
import { cpuIntegers } from "./cpu-integers.ts";
import { cpuStridedSlice } from "./strided-slice.ts";
import { cpuUnsortedSegmentSum } from "./cpu-unsorted-segment-sum.ts";
import { einsumOf } from "./einsum.ts";
import { cpuMaxPool } from "./max-pool.ts";
import type { ReplacedKernel } from "./replacement.ts";

export const replacedOnCpu: readonly ReplacedKernel[] = [
  ...cpuCumulative,
  ...cpuIndexing,
  ...cpuIntegers,
  ...cpuMaxPool,
  ...cpuStridedSlice,
  ...cpuUnsortedSegmentSum,
  ...broadcastMatMul("cpu"),
  ...einsumOf("cpu"),
];
