import { Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../../../src/index.ts";
import { gpuMemory } from "../../../src/webgpu.ts";

test("Variables are updated where they are, and seen where they are read and written", async () => {
  const weights = new Variable(tf.tensor1d([1, 2, 3]));
  const step = jit(
    (weights: Variable, gradient: tf.Tensor) => {
      weights.value = tf.sub(weights.value, tf.mul(gradient, 0.5));
      return tf.mul(weights.value, 10);
    },
    { target: "webgpu" },
  );
  const gradient = tf.tensor1d([2, 4, 6]);
  const first = step(weights, gradient);
  expect([...(await first.data())]).toEqual([0, 0, 0]);
  const second = step(weights, gradient);
  expect([...(await second.data())]).toEqual([-10, -20, -30]);
  expect([...(await weights.value.data())]).toEqual([-1, -2, -3]);
  weights.value = tf.tensor1d([5, 5, 5]);
  const third = step(weights, gradient);
  expect([...(await third.data())]).toEqual([40, 30, 20]);
  expect(gpuMemory().bytesUsed).toBeGreaterThan(0);
  expect(step.lower(weights, gradient)).toContain("1 launch,");
  tf.dispose([gradient, first, second, third]);
  weights.dispose();
  step.dispose();
});

test("scalars that are computed from new scalars", async () => {
  const [count, sum] = [new Variable(tf.scalar(1)), new Variable(tf.scalar(10))];
  const step = jit(
    (count: Variable, sum: Variable) => {
      count.value = tf.add(count.value, 1);
      sum.value = tf.add(sum.value, count.value);
      return tf.mul(sum.value, 2);
    },
    { target: "webgpu" },
  );
  const results = [step(count, sum), step(count, sum)];
  expect([...(await results[0]!.data())]).toEqual([24]);
  expect([...(await results[1]!.data())]).toEqual([30]);
  expect([...(await sum.value.data())]).toEqual([15]);
  tf.dispose(results);
  count.dispose();
  sum.dispose();
  step.dispose();
});
