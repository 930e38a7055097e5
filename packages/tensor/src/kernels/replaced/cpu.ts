/** @file Every kernel of the cpu backend that is replaced. */
import { broadcastMatMul } from "./broadcast-mat-mul.ts";
import { cpuTensorScatterUpdate } from "./cpu-tensor-scatter-update.ts";
import { cpuUnsortedSegmentSum } from "./cpu-unsorted-segment-sum.ts";
import { einsumOf } from "./einsum.ts";
import { cpuMaxPool } from "./max-pool.ts";
import type { ReplacedKernel } from "./replacement.ts";

export const replacedOnCpu: readonly ReplacedKernel[] = [
  ...cpuTensorScatterUpdate,
  ...cpuMaxPool,
  ...cpuUnsortedSegmentSum,
  ...broadcastMatMul("cpu"),
  ...einsumOf("cpu"),
];
