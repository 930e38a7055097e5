/** @file The program of React Native's engine: prints its report, of JSON, as its last line. */
import "./hermes-globals.mjs";
import * as tf from "@tensorflow/tfjs-core";
import { run } from "./run.mjs";
import { told } from "./told.mjs";

// TensorFlow.js knows browsers and Node; React Native is made known to it, as @tensorflow/tfjs-react-native does.
tf.env().setPlatform("react-native", {
  fetch: (...args) => globalThis.fetch(...args),
  now: () => performance.now(),
  encode: (text) => new TextEncoder().encode(text),
  decode: (bytes) => new TextDecoder().decode(bytes),
  isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
});

// The bundle begins with the plan.
void run(globalThis.PLAN).then(
  (report) => console.log(JSON.stringify(report)),
  (error) => console.log(JSON.stringify({ failed: told(error) })),
);
