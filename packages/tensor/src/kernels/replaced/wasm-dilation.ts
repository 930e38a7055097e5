/** @file Grey-scale dilation on wasm, whose own starts its maximum at the smallest positive number, not at the lowest. */
import * as tf from "@tensorflow/tfjs-core";
import { dilation, dilationBackpropFilter, dilationBackpropInput } from "../dilation/composed.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces dilation and the kernels of its gradients. */
export const wasmDilation: readonly ReplacedKernel[] = [
  [tf.Dilation2D, () => dilation],
  [tf.Dilation2DBackpropInput, () => dilationBackpropInput],
  [tf.Dilation2DBackpropFilter, () => dilationBackpropFilter],
];
