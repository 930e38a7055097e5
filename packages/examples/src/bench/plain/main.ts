/** @file A process with TensorFlow.js as it comes, without anything of nnx-js: `startPlain` makes one. */
// Brings the gradients.
import "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { Port } from "./protocol.ts";
import { serve } from "./serve.ts";

tf.enableProdMode();
serve(process as unknown as Port);
