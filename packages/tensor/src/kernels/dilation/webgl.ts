/** @file The gradients of grey-scale dilation, which the webgl backend lacks. */
import * as tf from "@tensorflow/tfjs-core";
import { addKernel } from "../../registry/own-kernels.ts";
import { dilationBackpropFilter, dilationBackpropInput } from "./composed.ts";

const kernels: Record<string, tf.KernelFunc> = {
  [tf.Dilation2DBackpropInput]: dilationBackpropInput,
  [tf.Dilation2DBackpropFilter]: dilationBackpropFilter,
};

for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
  addKernel({ kernelName, backendName: "webgl", kernelFunc });
}
