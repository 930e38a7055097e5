/** @file Einsum on wasm, which TensorFlow.js lacks. */
import * as tf from "@tensorflow/tfjs-core";
import { einsumOn } from "./einsum.ts";
import { addKernel } from "../../registry/own-kernels.ts";

addKernel({ kernelName: tf.Einsum, backendName: "wasm", kernelFunc: einsumOn("wasm") });
