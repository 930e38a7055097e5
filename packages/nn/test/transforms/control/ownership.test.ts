import { cond, Param, State, switchCase, Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test.each([
  ["a boolean", true],
  ["a tensor", () => tf.tensor(true)],
] as const)("what a branch gives belongs to the caller: %s chooses", (_, choice) => {
  const pred = choice === true ? true : choice();
  const x = tf.tensor1d([1, 2]);
  const variable = new Variable(tf.scalar(3));
  const before = tf.memory().numTensors;
  const [same, value, own] = cond(
    pred,
    (x: tf.Tensor) => [x, variable.value, tf.add(x, 1)] as const,
    (x: tf.Tensor) => [x, variable.value, x] as const,
    x,
  );
  for (const tensor of [same, value, own]) tensor.dispose();
  expect([...x.dataSync(), variable.value.dataSync()[0]]).toEqual([1, 2, 3]);
  expect(tf.memory().numTensors).toBe(before);
});

test("so does that of switchCase, within a gradient too", () => {
  const gradient = tf.grad((x) => switchCase(1, [(x: tf.Tensor) => tf.neg(x), (x: tf.Tensor) => x], x));
  expect(gradient(tf.scalar(2)).dataSync()[0]).toBe(1);
});

test.each([true, "a tensor"])("a State that a branch hands on has Variables of its own: %s", (choice) => {
  const pred = choice === true ? true : tf.tensor(true);
  const given = new State<Variable>([[["w"], new Param(tf.scalar(2))]]);
  const same = (params: State<Variable>) => params;
  const result = cond(pred, same, same, given);
  result.leaf("w").value = tf.scalar(5);
  expect(given.leaf("w").value.dataSync()[0]).toBe(2);
});
