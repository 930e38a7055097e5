/** @file The softmax of the webgpu backend, whose own loses a NaN in the maximum, and takes 65 535 rows at most. */
import * as tf from "@tensorflow/tfjs-core";
import { softmaxOnWebGpu } from "../softmax/webgpu.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces Softmax. */
export const webGpuSoftmax: readonly ReplacedKernel[] = [[tf.Softmax, () => softmaxOnWebGpu]];
