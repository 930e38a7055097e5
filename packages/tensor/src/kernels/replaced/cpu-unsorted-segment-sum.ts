/** @file The cpu backend's UnsortedSegmentSum looks at every row once for each segment; this, once in all. */
import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "../hosts/cpu.ts";
import { unsortedSegmentSumOn } from "../unsorted-segment-sum/host.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces cpu's UnsortedSegmentSum, which also makes float32 of int32. */
export const cpuUnsortedSegmentSum: readonly ReplacedKernel[] = [
  [tf.UnsortedSegmentSum, () => unsortedSegmentSumOn(cpu)],
];
