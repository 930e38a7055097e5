/** @file The cpu backend's UnsortedSegmentSum looks at every row once for each segment; this, once in all. */
import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "../hosts/cpu.ts";
import { unsortedSegmentSumOn } from "../unsorted-segment-sum/host.ts";
import { replaceKernel } from "./replace.ts";

/** Replaces cpu's UnsortedSegmentSum, which also makes float32 of int32. */
export function replaceCpuUnsortedSegmentSum(): void {
  replaceKernel(tf.UnsortedSegmentSum, cpu.backendName, () => unsortedSegmentSumOn(cpu));
}
