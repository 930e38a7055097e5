/** @file Increment on webgl: in JavaScript if the count is on the CPU side, else in GLSL. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type * as tf from "@tensorflow/tfjs-core";
import { onHost, webgl } from "../hosts/webgl.ts";
import type { KernelSpecs } from "../shapes.ts";
import { incrementOnHost } from "./host.ts";

export const incrementOnWebGl: tf.KernelConfig = {
  kernelName: "Increment",
  backendName: "webgl",
  kernelFunc: (call) => {
    // The registry erases the types that `runKernel` was called with.
    const backend = call.backend as MathBackendWebGL;
    const { count } = call.inputs as KernelSpecs["Increment"]["inputs"];
    if (onHost(backend, count)) {
      const [info, output] = webgl.make(backend, { shape: count.shape, dtype: "int32" });
      incrementOnHost(output, { count: webgl.read(backend, count, "Increment") }, {});
      return info;
    }
    return backend.runWebGLProgram(programFor(count.shape), [count], "int32");
  },
};

/** A texture holds integers as floats: they are counted up to 2 ** 24, where they stay. */
function programFor(outputShape: number[]) {
  const count = outputShape.length === 0 ? "getCount()" : "getCountAtOutCoords()";
  return {
    variableNames: ["count"],
    outputShape,
    userCode: `void main() { setOutput(${count} + 1.0); }`,
  };
}
