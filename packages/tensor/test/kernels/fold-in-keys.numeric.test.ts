/** @file Several keys, or several numbers, are folded as each is alone. */
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const fold = (key: tf.Tensor, data: tf.Tensor | undefined, attr = 0) =>
  tf.engine().runKernel<tf.Tensor>("ThreefryFoldIn", data ? { key, data } : { key }, { data: attr });
const rows = async (keys: tf.Tensor[]) =>
  (await Promise.all(keys.map((key) => key.data()))).flatMap((words) => [...words]);

test("keys, numbers, and one of them for all", async () => {
  const keys = random.split(random.key(3), 3);
  const own = [0, 1, 2].map((i) => random.take(keys, i));
  const numbers = tf.tensor1d([5, -1, 7], "int32");
  const all = fold(keys, numbers);
  expect(all.shape).toEqual([3, 2]);
  expect(await rows([all])).toEqual(await rows(own.map((key, i) => random.foldIn(key, [5, -1, 7][i]!))));
  expect(await rows([fold(keys, tf.scalar(4, "int32"))])).toEqual(
    await rows(own.map((key) => random.foldIn(key, 4))),
  );
  expect(await rows([fold(keys, undefined, 4)])).toEqual(await rows(own.map((key) => random.foldIn(key, 4))));
  expect(await rows([fold(own[1]!, numbers)])).toEqual(
    await rows([5, -1, 7].map((n) => random.foldIn(own[1]!, n))),
  );
});
