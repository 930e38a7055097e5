/** @file Exclusive or, which is there on wasm only: of booleans it is inequality. */
import * as tf from "@tensorflow/tfjs-core";
import { addKernel } from "../../registry/own-kernels.ts";
import { composed } from "../composed.ts";

const exclusiveOr = composed<"a" | "b", unknown>(({ a, b }) => tf.notEqual(a, b));

for (const backendName of ["cpu", "webgpu", "webgl"]) {
  addKernel({ kernelName: tf.LogicalXor, backendName, kernelFunc: exclusiveOr });
}
