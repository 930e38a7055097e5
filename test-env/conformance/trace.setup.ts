/** @file Writes down which kernels the sources of our packages launch while tests run. */
import * as tf from "@tensorflow/tfjs-core";
import { appendFileSync } from "node:fs";

const OURS = /packages\/(nn|optim|tensor)\/src\/(?!kernels\/|abstract\/)/;

const used = new Set<string>();
const engine = tf.engine();
// Each file's set-up runs anew in one process; only the first finds the method of the class.
if (!Object.hasOwn(engine, "runKernel")) {
  const launch = engine.runKernel.bind(engine);
  engine.runKernel = (...args: Parameters<typeof launch>) => {
    if (!used.has(args[0]) && isOurs()) {
      used.add(args[0]);
      appendFileSync("out/used-kernels.txt", `${args[0]}\n`);
    }
    return launch(...args);
  };
}

function isOurs(): boolean {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = limit;
  return OURS.test(stack);
}
