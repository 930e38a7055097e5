/** @file Tensors are read one ahead; what goes wrong is told to whoever asks, and nothing is left over. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { readAhead } from "../../src/model/read-ahead.ts";

/** A file that notes what it is asked for, and fails for some. */
function noted(failing: readonly string[] = []) {
  const asked: string[] = [];
  return {
    asked,
    async tensor(name: string): Promise<tf.Tensor> {
      asked.push(name);
      await Promise.resolve();
      if (failing.includes(name)) throw new Error(`no ${name}`);
      return tf.scalar(name.charCodeAt(0));
    },
  };
}

const ORDER = ["a", "b", "c", "d"];

test("the tensor that follows is begun when one is handed over, each once", async () => {
  const before = tf.memory().numTensors;
  const file = noted();
  const ahead = readAhead(file, ORDER);
  const read: tf.Tensor[] = [await ahead.tensor("a")];
  expect(file.asked).toEqual(["a", "b"]);
  for (const name of ["b", "c", "d"]) read.push(await ahead.tensor(name));
  expect(file.asked).toEqual(ORDER);
  expect(read.map((tensor) => tensor.dataSync()[0])).toEqual([97, 98, 99, 100]);
  await ahead.stop();
  tf.dispose(read);
  expect(tf.memory().numTensors).toBe(before);
});

test("what was read and not asked for is freed", async () => {
  const before = tf.memory().numTensors;
  const ahead = readAhead(noted(), ORDER);
  const first = await ahead.tensor("a");
  const third = await ahead.tensor("c");
  expect(third.dataSync()[0]).toBe(99);
  await ahead.stop();
  tf.dispose([first, third]);
  expect(tf.memory().numTensors).toBe(before);
});

test("a failure is told when its tensor is asked for, and not before", async () => {
  const ahead = readAhead(noted(["b"]), ORDER);
  const first = await ahead.tensor("a");
  await expect(ahead.tensor("b")).rejects.toThrow("no b");
  await ahead.stop();
  first.dispose();
});

test("a failure that nobody asks about is nobody's", async () => {
  const ahead = readAhead(noted(["b"]), ORDER);
  const first = await ahead.tensor("a");
  await ahead.stop();
  expect(first.isDisposed).toBe(false);
  first.dispose();
});
