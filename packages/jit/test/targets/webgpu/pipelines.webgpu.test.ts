/** @file When the code of launches is compiled, and how often. */
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { jit } from "../../../src/index.ts";
import { webgpuDevice } from "./run-tasks.ts";

afterEach(() => void vi.restoreAllMocks());

/** Programs of three launches, two of which have the same code; of no other test. */
function program(constant: number) {
  return jit((x: tf.Tensor) => {
    const sum = (y: tf.Tensor) => tf.sum<tf.Tensor>(tf.mul(tf.sin(y), constant), 1, true);
    return tf.add(sum(tf.add(x, sum(x))), sum(x));
  });
}

test("lower compiles none, a first call each code once, and later ones none", async () => {
  const device = webgpuDevice();
  const compiles = vi.spyOn(device, "createComputePipeline");
  const [one, other] = [program(0.123), program(0.123)];
  const x = tf.ones([3, 5]);
  const text = one.lower(x);
  expect(compiles).toHaveBeenCalledTimes(0);
  const first = one(x);
  const distinct = text.split("WGSL of launch").length - 1;
  expect(compiles).toHaveBeenCalledTimes(distinct);
  const second = other(x);
  expect(compiles).toHaveBeenCalledTimes(distinct);
  expect(await second.data()).toEqual(await first.data());
  tf.dispose([x, first, second]);
  one.dispose();
  other.dispose();
});

test("those of a program are compiled at the same time where that is waited for", async () => {
  const device = webgpuDevice();
  const make = device.createComputePipelineAsync.bind(device);
  let [atOnce, most] = [0, 0];
  vi.spyOn(device, "createComputePipelineAsync").mockImplementation(async (descriptor) => {
    most = Math.max(most, ++atOnce);
    return make(descriptor).finally(() => atOnce--);
  });
  const compiles = vi.spyOn(device, "createComputePipeline");
  const [waited, direct] = [program(0.456), program(0.457)];
  const x = tf.ones([3, 5]);
  await Promise.all([waited.compile(x), waited.compile(x)]);
  expect(most).toBeGreaterThan(1);
  const actual = waited(x);
  expect(compiles).toHaveBeenCalledTimes(0);
  const expected = direct(x);
  expect(compiles).not.toHaveBeenCalledTimes(0);
  await expect(tf.div(actual, 0.456)).toBeAllClose(tf.div(expected, 0.457), { rtol: 0.01 });
  tf.dispose([x, actual, expected]);
  waited.dispose();
  direct.dispose();
});
