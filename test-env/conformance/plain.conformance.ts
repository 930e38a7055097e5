/** @file The kernels of a backend as TensorFlow.js registers them: nothing of @nnx-js is imported. */
import { eager } from "@nnx-js/testing/conformance";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, inject } from "vitest";
import { prepare } from "./prepare.ts";
import { reportKernels } from "./suite.ts";

const backends: Record<string, () => Promise<unknown>> = {
  cpu: () => import("@tensorflow/tfjs-backend-cpu"),
  wasm: () => import("@tensorflow/tfjs-backend-wasm"),
  webgl: () => import("@tensorflow/tfjs-backend-webgl"),
  webgpu: async () => {
    await installDawn();
    return import("@tensorflow/tfjs-backend-webgpu");
  },
};

interface Dawn {
  create: (options: string[]) => unknown;
  globals: object;
}

/** The package is one of @nnx-js/tensor's. */
async function loadDawn(): Promise<Dawn> {
  const { createRequire } = await import("node:module");
  const path = createRequire(`${process.cwd()}/packages/tensor/package.json`).resolve("webgpu");
  return (await import(/* @vite-ignore */ path)) as Dawn;
}

/** Node has no WebGPU of its own. */
async function installDawn(): Promise<void> {
  if (typeof window !== "undefined") return;
  const { create, globals } = await loadDawn();
  Object.assign(globalThis, globals);
  if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: { userAgent: "" } });
  Object.defineProperty(globalThis.navigator, "gpu", { value: create([]), configurable: true });
}

beforeAll(async () => {
  const backend = inject("backend");
  await backends[backend]!();
  await tf.setBackend(backend);
  await tf.ready();
  prepare();
});

reportKernels(eager, (kernelName) => tf.getKernel(kernelName, tf.getBackend()) !== undefined);
