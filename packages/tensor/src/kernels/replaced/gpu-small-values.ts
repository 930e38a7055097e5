/** @file Functions that the GPU backends get wrong around 0 and for NaN. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { mapOn } from "../arithmetic/on-host.ts";
import { UNARY } from "../arithmetic/unary.ts";
import { elementCode, SMALL_VALUE_KERNELS } from "../arithmetic/gpu-functions.ts";
import { GLSL, WGSL } from "../arithmetic/shaders.ts";
import { webgpu } from "../hosts/webgpu.ts";
import { launch } from "../webgpu/launch.ts";
import { flat } from "../webgpu/strided.ts";
import type { ReplacedKernel } from "./replacement.ts";

export const webGpuSmallValues: readonly ReplacedKernel[] = SMALL_VALUE_KERNELS.map(
  (name): ReplacedKernel => [
    name,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { x } = call.inputs as { x: tf.TensorInfo };
      const backend = call.backend as WebGPUBackend;
      if (x.dtype !== "float32") return original(call);
      if (backend.shouldExecuteOnCPU([x])) return mapOn(webgpu, backend, x, "float32", UNARY[name]!);
      return launch(backend, {
        name: `small_values_${name}`,
        library: elementCode(WGSL, name, "isnan(x)"),
        body: "result[index] = element(values[index]);",
        inputs: { values: flat(x) },
        output: x,
      });
    },
  ],
);

export const webGlSmallValues: readonly ReplacedKernel[] = SMALL_VALUE_KERNELS.map((name): ReplacedKernel => [
  name,
  (original) => (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    if (x.dtype !== "float32") return original(call);
    const program = {
      variableNames: ["A"],
      outputShape: x.shape,
      userCode: `
        ${elementCode(GLSL, name, "isnan(x)")}
        void main() { setOutput(element(getAAtOutCoords())); }
      `,
    };
    return (call.backend as MathBackendWebGL).runWebGLProgram(program, [x], "float32");
  },
]);
