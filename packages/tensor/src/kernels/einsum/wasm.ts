/** @file Einsum on wasm, which TensorFlow.js lacks. */
import * as tf from "@tensorflow/tfjs-core";
import { einsumOn } from "./einsum.ts";

tf.registerKernel({ kernelName: tf.Einsum, backendName: "wasm", kernelFunc: einsumOn("wasm") });
