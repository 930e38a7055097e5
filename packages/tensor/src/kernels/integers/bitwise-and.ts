/** @file The bits that two integers share, which the webgpu backend lacks. */
import * as tf from "@tensorflow/tfjs-core";
import { addKernel } from "../../registry/own-kernels.ts";
import { integerBinaryOnWebGpu } from "./webgpu-elementwise.ts";

addKernel({
  kernelName: tf.BitwiseAnd,
  backendName: "webgpu",
  kernelFunc: integerBinaryOnWebGpu(tf.BitwiseAnd),
});
