/** @file UnsortedSegmentSum on wasm, which TensorFlow.js lacks. */
import * as tf from "@tensorflow/tfjs-core";
import { wasm } from "../hosts/wasm.ts";
import { unsortedSegmentSumOn } from "./host.ts";
import { addKernel } from "../../registry/own-kernels.ts";

addKernel({
  kernelName: tf.UnsortedSegmentSum,
  backendName: wasm.backendName,
  kernelFunc: unsortedSegmentSumOn(wasm),
});
