/** @file The kernels as `jit` compiles them to WebAssembly. */
import { jit } from "@nnx-js/jit";
import { useBackend } from "@nnx-js/tensor";
import { runKernel, type Runner } from "@nnx-js/testing/conformance";
import type * as tf from "@tensorflow/tfjs-core";
import { beforeAll } from "vitest";
import { prepare } from "./prepare.ts";
import { reportKernels } from "./suite.ts";

beforeAll(async () => {
  prepare();
  await useBackend("cpu");
});

const compiled: Runner = {
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
      { name: kernelName, target: "wasm" },
    );
    try {
      return jitted(...Object.values(inputs));
    } finally {
      jitted.dispose();
    }
  },
  isRefusal: (error) => error instanceof Error && error.name === "UnsupportedKernelError",
};

reportKernels(
  () => compiled,
  () => true,
);
