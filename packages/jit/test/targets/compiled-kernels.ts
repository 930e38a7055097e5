/** @file Runs single kernels as `jit` compiles them. */
import { jit } from "@nnx-js/jit";
import { runKernel, type Runner } from "@nnx-js/testing/conformance";
import type * as tf from "@tensorflow/tfjs-core";

/** Compiles each call for itself. */
export function compiledFor(target: "wasm" | "webgpu"): Runner {
  return {
    onGpu: false,
    keepsIntegers: true,
    checksInputs: false,
    run(kernelName, inputs, attrs) {
      const names = Object.keys(inputs);
      const jitted = jit(
        (...tensors: tf.Tensor[]) => {
          const given = Array.isArray(inputs)
            ? tensors
            : Object.fromEntries(tensors.map((tensor, i) => [names[i]!, tensor]));
          return runKernel(kernelName, given, attrs);
        },
        { name: kernelName, target },
      );
      try {
        return jitted(...Object.values(inputs));
      } finally {
        jitted.dispose();
      }
    },
    isRefusal: (error) => error instanceof Error && error.name === "UnsupportedKernelError",
  };
}
