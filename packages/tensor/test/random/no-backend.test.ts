import { NoBackendError, random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";

// What TensorFlow.js knows of backends is private to its engine.
const engine = tf.engine() as unknown as { registryFactory: object; backendInstance: object | null };
const { registryFactory, backendInstance } = engine;

afterEach(() => {
  Object.assign(engine, { registryFactory, backendInstance });
});

test("a key without any backend is an error that says how to get one", () => {
  Object.assign(engine, { registryFactory: {}, backendInstance: null });
  expect(() => random.key(0)).toThrow(NoBackendError);
  expect(() => random.key(0)).toThrow("Write first: await useBackend()");
});
