import "@nnx-js/tensor";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("outer products of vectors that were computed, and reshaped", async () => {
  const [x, w, v] = [wave([1, 3]), wave([3, 4], 1, 0.3), wave([3, 4], 1, 0.9)] as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const bias = wave([4], 0.3);
  // As forward mode through a layer makes them: sums over a broadcast, and products of vectors.
  const hidden = tf.reshape(tf.add(tf.matMul(x, w), bias), [4]);
  const change = tf.reshape(tf.add(tf.matMul(x, v), bias), [4]);
  const a = tf.reshape(tf.mul(change, tf.sub(1, tf.square(tf.tanh(hidden)))), [1, 4]);
  const b = tf.reshape(
    tf.mul(tf.add(tf.reshape(tf.onesLike(tf.sum(x)), [1]), tf.zeros([2])), wave([2], 1, 1.1)),
    [1, 2],
  );
  // Before anything is read: that would write the vectors anew.
  const products = [
    tf.matMul(a, b, true, false),
    tf.matMul(tf.reshape(a, [4, 1]), tf.reshape(b, [2, 1]), false, true),
    tf.matMul(tf.reshape(a, [2, 1, 2]), tf.reshape(b, [1, 1, 2]), true),
    tf.fused.matMul({ a, b, transposeA: true, activation: "relu", bias: tf.zeros([2]) }),
  ];
  const [as, bs] = [await a.data(), await b.data()];
  const expected = [...as].flatMap((p) => [...bs].map((q) => p * q));
  const last = products.pop()!;
  for (const product of products) await expect(product).toBeAllClose(expected);
  await expect(last).toBeAllClose(expected.map((element) => Math.max(element, 0)));
});
