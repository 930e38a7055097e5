/** @file Gradients of comparisons, logic, rounding and casts. */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const x = () => tf.tensor1d([-1.2, 0, 2.6]);

describe("what is constant between its steps has a gradient of float32 zeros", () => {
  const UNARY: [string, (x: tf.Tensor) => tf.Tensor][] = [
    ["ceil", tf.ceil],
    ["floor", tf.floor],
    ["isFinite", tf.isFinite],
    ["isInf", tf.isInf],
    ["isNaN", tf.isNaN],
    ["onesLike", tf.onesLike],
    ["round", tf.round],
    ["sign", tf.sign],
    ["step", (a) => tf.step(a, 0.3)],
    ["zerosLike", tf.zerosLike],
    ["cast to int32 and back", (a) => tf.cast(tf.cast(a, "int32"), "float32")],
    ["logicalNot", (a) => tf.logicalNot(tf.cast(a, "bool"))],
    ["argMax", (a) => tf.argMax(a)],
    ["argMin", (a) => tf.argMin(a)],
    ["any", (a) => tf.any(tf.cast(a, "bool"))],
    ["all", (a) => tf.all(tf.cast(a, "bool"))],
    ["multinomial", (a) => tf.multinomial(a as tf.Tensor1D, 3, 1)],
    ["searchSorted", (a) => tf.searchSorted(a, tf.tensor1d([0.5]))],
    ["oneHot", (a) => tf.oneHot(tf.cast(a, "int32"), 4)],
  ];
  const one = () => tf.scalar(1);
  const BINARY: [string, (x: tf.Tensor) => tf.Tensor][] = [
    ["equal", (a) => tf.equal(a, one())],
    ["greater", (a) => tf.greater(one(), a)],
    ["greaterEqual", (a) => tf.greaterEqual(a, one())],
    ["less", (a) => tf.less(a, one())],
    ["lessEqual", (a) => tf.lessEqual(one(), a)],
    ["notEqual", (a) => tf.notEqual(a, one())],
    ["logicalAnd", (a) => tf.logicalAnd(tf.greater(a, 0), tf.less(a, 1))],
    ["logicalOr", (a) => tf.logicalOr(tf.greater(a, 0), tf.less(a, 1))],
    ["logicalXor", (a) => tf.logicalXor(tf.greater(a, 0), tf.less(a, 1))],
  ];
  test.each([...UNARY, ...BINARY])("%s", async (_, f) => {
    const dx = tf.grad((a) => tf.cast(f(a), "float32"))(x());
    expect(dx.dtype).toBe("float32");
    await expect(dx).toBeAllClose(tf.zeros([3]));
  });
});

test("a mask that is computed from the input selects, and passes no gradient itself", async () => {
  const f = (a: tf.Tensor) => tf.where(tf.greater(a, 0), tf.square(a), tf.mul(a, -3));
  await expect(tf.grad(f)(x())).toBeAllClose([-3, -3, 5.2]);
  const masked = (a: tf.Tensor) => tf.mul(tf.square(a), tf.cast(tf.less(a, 1), "float32"));
  await expect(tf.grad(masked)(x())).toBeAllClose([-2.4, 0, 0]);
});

test("integers have no derivative: their gradient is zeros, not what a float would have", async () => {
  const indices = tf.tensor1d([1, 2], "int32");
  const dx = tf.grad((a) => tf.square(tf.cast(a, "float32")))(indices);
  expect(dx.dtype).toBe("float32");
  await expect(dx).toBeAllClose([0, 0]);
});

test("a clone and a cast to the same type pass the gradient on", async () => {
  await expect(tf.grad((a) => tf.square(tf.clone(a)))(x())).toBeAllClose([-2.4, 0, 5.2]);
  await expect(tf.grad((a) => tf.square(tf.cast(a, "float32")))(x())).toBeAllClose([-2.4, 0, 5.2]);
});

test("an infinite derivative before a comparison or a rounding counts for nothing", async () => {
  const y = () => tf.tensor1d([0, 4]);
  const masked = (a: tf.Tensor) => tf.mul(tf.cast(tf.less(tf.sqrt(a), 1), "float32"), a);
  await expect(tf.grad(masked)(y())).toBeAllClose([1, 0]);
  const rounded = (a: tf.Tensor) => tf.mul(tf.floor(tf.sqrt(a)), a);
  await expect(tf.grad(rounded)(y())).toBeAllClose([0, 2]);
  const [da, db] = tf.grads((a, b) => tf.mul(tf.sign(tf.log(a)), b))([y(), tf.tensor1d([3, 5])]);
  await expect(da!).toBeAllClose([0, 0]);
  await expect(db!).toBeAllClose([-1, 1]);
});

test("what the function does not depend on is still an error", () => {
  expect(() => tf.grads((a) => tf.sign(a))([tf.scalar(1), tf.scalar(2)])).toThrow("Cannot compute gradient");
});
