/** @file What a call that failed has asked of the GPU does not reach the next one. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("arguments that were copied before another was refused are replaced", async () => {
  const both = jit((x: tf.Tensor, y: tf.Tensor) => tf.add(x, y));
  const [ones, gone] = [tf.ones([2]), tf.zeros([2])];
  await both(ones, gone).data();
  // On the GPU, where it was computed.
  const onGpu = tf.mul(tf.ones([2]), 21);
  gone.dispose();
  expect(() => both(onGpu, gone)).toThrow("a disposed one");
  // From the CPU.
  const [fresh, zeros] = [tf.tensor1d([1, 2]), tf.zeros([2])];
  expect([...(await both(fresh, zeros).data())]).toEqual([1, 2]);
  tf.dispose([ones, onGpu, fresh, zeros]);
  both.dispose();
});
