/** @file Choosing a backend, on each backend and in a browser. */
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, it } from "vitest";

const backend = inject("backend");

it("the backend of this project is active and computes", async () => {
  expect(tf.getBackend()).toBe(backend);
  await expect(tf.matMul(tf.ones([2, 3]), tf.ones([3, 2]))).toBeAllClose([3, 3, 3, 3]);
});

it("asking for the active backend answers at once", async () => {
  const instance = tf.backend();
  expect(await useBackend(backend)).toEqual({ backend, failures: {} });
  expect(tf.backend()).toBe(instance);
});

it("a software renderer is passed over in a list, also when it runs already", async () => {
  if (backend !== "webgpu" && backend !== "webgl") return;
  const answer = await useBackend([backend, "cpu"]);
  expect(answer.backend).toBe("cpu");
  expect(answer.failures[backend]).toMatch(/is software/);
  expect(await useBackend([backend, "cpu"], { softwareAdapter: true })).toEqual({ backend, failures: {} });
});

it("without a name takes wasm where the only GPU is software", async () => {
  const inBrowser = typeof window !== "undefined";
  const options = inBrowser
    ? { wasmPaths: "/packages/tensor/node_modules/@tensorflow/tfjs-backend-wasm/dist" }
    : {};
  const answer = await useBackend(undefined, options);
  expect(answer.backend).toBe("wasm");
  expect(Object.keys(answer.failures)).toEqual(inBrowser ? ["webgpu", "webgl"] : []);
  await expect(tf.matMul(tf.ones([2, 3]), tf.ones([3, 2]))).toBeAllClose([3, 3, 3, 3]);
  await useBackend(backend);
});
