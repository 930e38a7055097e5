/** @file Runs before each test file, several of which share a process: matchers, the project's backend, our gradients. */
import { registerGradients, useBackend } from "@nnx-js/tensor";
import { installMatchers } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { beforeAll, expect, inject } from "vitest";

installMatchers(expect);
fc.configureGlobal({ seed: inject("seed") });

beforeAll(async () => {
  await collectGarbage();
  // Silences the banner that the cpu backend prints in Node. IS_TEST would too, but it takes the tensors that the
  // gradient tape saves for leaks of the wasm backend.
  tf.env().set("PROD", true);
  const backend = inject("backend");
  const options =
    typeof window === "undefined"
      ? {}
      : { wasmPaths: "/packages/tensor/node_modules/@tensorflow/tfjs-backend-wasm/dist/" };
  // As the first import of `jit` before a backend is chosen would do.
  await import("@nnx-js/jit");
  await useBackend(backend, options);
  // An earlier file may have registered those of TensorFlow.js.
  registerGradients();
});

/** What an earlier file left behind must not be freed while this one counts tensors. */
async function collectGarbage(): Promise<void> {
  if (!globalThis.gc) return;
  // What the first round frees may hold on to more; finalizers run in between.
  for (let round = 0; round < 2; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

declare module "vitest" {
  interface ProvidedContext {
    /** The TensorFlow.js backend of this test project. */
    backend: string;
    /** The seed of fast-check. */
    seed: number;
  }
}
