/** @file Every kernel of the cpu backend that is replaced. */
import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "../hosts/cpu.ts";
import { integerMatMulOn } from "../mat-mul/integer-on-host.ts";
import { broadcastMatMul } from "./broadcast-mat-mul.ts";
import { cpuCumulative } from "./cumulative.ts";
import { cpuIndexing } from "./indexing.ts";
import { cpuIntegers } from "./cpu-integers.ts";
import { cpuStridedSlice } from "./strided-slice.ts";
import { cpuUnsortedSegmentSum } from "./cpu-unsorted-segment-sum.ts";
import { einsumOf } from "./einsum.ts";
import { cpuMaxPool, poolingOfNothing } from "./max-pool.ts";
import { cpuReductions } from "./reductions.ts";
import type { ReplacedKernel } from "./replacement.ts";

export const replacedOnCpu: readonly ReplacedKernel[] = [
  ...cpuCumulative,
  ...cpuIndexing,
  ...cpuIntegers,
  ...cpuMaxPool,
  ...cpuReductions,
  ...cpuStridedSlice,
  ...cpuUnsortedSegmentSum,
  ...broadcastMatMul("cpu"),
  [tf.BatchMatMul, integerMatMulOn(cpu)],
  ...einsumOf("cpu"),
  ...poolingOfNothing("cpu"),
];
