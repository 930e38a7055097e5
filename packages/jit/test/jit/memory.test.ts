/** @file Memory stays flat, and what is disposed of or forgotten is given back. */
import { jit } from "@nnx-js/jit";
import { clone, copyValue, Param, Rngs, VariableValueError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { theHeap } from "../../src/targets/wasm/memory/the-heap.ts";
import { CONTROL_BYTES } from "../../src/targets/wasm/threads/control.ts";
import { type Setup, setUp, step } from "../models.ts";

/** All that can grow. */
function memory() {
  const { numTensors, numBytes, numDataBuffers } = tf.memory();
  const heap = theHeap();
  return { numTensors, numBytes, numDataBuffers, used: heap.used, size: heap.memory.buffer.byteLength };
}

function data(): [tf.Tensor, tf.Tensor] {
  const rngs = new Rngs(1);
  return [rngs.normal([16, 4]), rngs.normal([16, 2])];
}

describe("memory", () => {
  it("is flat over thousands of steps", () => {
    const { model, optimizer, rngs } = setUp();
    const [x, y] = data();
    const jitted = jit(step);
    const run = (times: number) => {
      for (let i = 0; i < times; i++) jitted(model, optimizer, x, y, rngs).dispose();
    };
    run(10);
    const before = memory();
    run(3000);
    expect(memory()).toEqual(before);
  });

  it("is flat where values are read and set between steps", () => {
    const { model, optimizer, rngs } = setUp();
    const [x, y] = data();
    const jitted = jit(step);
    const run = () => {
      jitted(model, optimizer, x, y, rngs).dispose();
      model.lin2.bias!.value.dataSync();
      model.lin2.kernel.value = tf.mul(model.lin2.kernel.value, 0.5);
      tf.tidy(() => step(model, optimizer, x, y, rngs));
    };
    // Tensors that operations left behind are no business of the step.
    tf.tidy(run);
    const before = tf.tidy(() => (run(), memory()));
    for (let i = 0; i < 20; i++) tf.tidy(run);
    expect(memory().used).toBe(before.used);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before.numTensors);
  });

  it("holds a copy of a value as long as it is wanted, and nothing else of it", () => {
    const { model, optimizer, rngs } = setUp();
    const [x, y] = data();
    const jitted = jit(step);
    for (let i = 0; i < 3; i++) jitted(model, optimizer, x, y, rngs).dispose();
    const before = memory();
    const { kernel } = model.lin1;
    const copy = copyValue(kernel);
    expect(memory()).toEqual({
      ...before,
      numTensors: before.numTensors + 1,
      numDataBuffers: before.numDataBuffers + 1,
      numBytes: before.numBytes + 4 * copy.size,
    });
    const values = copy.dataSync().slice();
    expect(kernel.value.dataSync()).toEqual(values);
    // Of what was read already it is a clone.
    copyValue(kernel).dispose();
    jitted(model, optimizer, x, y, rngs).dispose();
    expect(kernel.value.dataSync()).not.toEqual(values);
    expect(copy.dataSync()).toEqual(values);
    copy.dispose();
    clone(model).dispose();
    jitted(model, optimizer, x, y, rngs).dispose();
    expect(memory()).toEqual(before);
    kernel.dispose();
    expect(() => copyValue(kernel)).toThrow(
      new VariableValueError(
        "Param: The value is disposed of. Do not dispose of Variables that are still in use.",
      ),
    );
  });

  it("of Variables goes with them, and that of programs with dispose", () => {
    const [x, y] = data();
    const one = ({ model, optimizer, rngs }: Setup) => {
      const jitted = jit(step);
      jitted(model, optimizer, x, y, rngs).dispose();
      jitted.dispose();
      for (const part of [model, optimizer, rngs]) part.dispose();
    };
    one(setUp());
    const before = memory();
    for (let i = 0; i < 5; i++) one(setUp());
    expect(memory()).toEqual(before);
  });

  it("of a Variable that was disposed of is not used, whether it lived there or not", () => {
    const [weight, total] = [new Param(tf.scalar(2)), new Param(tf.scalar(0))];
    const add = jit((weight: Param, total: Param) => {
      total.value = tf.add(total.value, weight.value);
      weight.value = tf.add(weight.value, 1);
    });
    add(weight, total);
    weight.dispose();
    expect(() => add(weight, total)).toThrow(/disposed/);
    expect(total.value.dataSync()[0]).toBe(2);
    weight.value = tf.scalar(5);
    add(weight, total);
    expect(total.value.dataSync()[0]).toBe(7);
    weight.value = tf.scalar(1);
    weight.dispose();
    expect(() => add(weight, total)).toThrow(/disposed/);
  });

  it("of captured tensors is kept until clearCache", () => {
    const before = tf.memory().numTensors;
    const table = tf.ones([3]);
    const add = jit((x: tf.Tensor) => tf.add(x, table));
    tf.tidy(() => void add(tf.scalar(1)));
    table.dispose();
    const sum = tf.tidy(() => add(tf.scalar(2)));
    expect([...sum.dataSync()]).toEqual([3, 3, 3]);
    sum.dispose();
    add.clearCache();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("a Variable that compiled functions only read", () => {
  it("is held once, however many they are, unless its tensor was borrowed", () => {
    const size = 250_000;
    const before = memory();
    const weight = new Param(tf.tensor1d(new Float32Array(size).fill(2)));
    const borrowed = new Param(tf.tensor1d(new Float32Array(size).fill(3)));
    const { value } = borrowed;
    const x = tf.ones([size]);
    const sums = [1, 2].map((factor) =>
      jit((x: tf.Tensor) => tf.sum(tf.mul(tf.mul(x, weight.value), tf.mul(borrowed.value, factor)))),
    );
    const results = () => sums.map((sum) => tf.tidy(() => sum(x).dataSync()[0]! / size));
    expect(results()).toEqual([6, 12]);
    expect(theHeap().used - before.used).toBeLessThan(4 * 4.5 * size);
    // What is left is `x` and the tensor of `borrowed`.
    expect(tf.memory().numTensors).toBe(before.numTensors + 2);
    expect(tf.tidy(() => copyValue(weight).dataSync()[0])).toBe(2);
    expect(tf.memory().numTensors).toBe(before.numTensors + 2);
    expect(results()).toEqual([6, 12]);
    expect([value.dataSync()[0], borrowed.value === value, weight.value.dataSync()[0]]).toEqual([3, true, 2]);
    weight.value = tf.mul(x, 4);
    expect(results()).toEqual([12, 24]);
    expect(tf.memory().numTensors).toBe(before.numTensors + 2);
    x.dispose();
    for (const variable of [weight, borrowed]) variable.dispose();
    for (const sum of sums) sum.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    // Threads that were started keep their control block, and a count for each program.
    expect(theHeap().used - before.used).toBeLessThan(CONTROL_BYTES + 200);
  });
});

describe("a borrowed value", () => {
  it("lives until the next write, as without jit", () => {
    const weight = new Param(tf.scalar(2));
    const borrowed = weight.value;
    const kept = borrowed.clone();
    const double = jit((weight: Param) => tf.mul(weight.value, 2));
    const increment = jit((weight: Param) => {
      weight.value = tf.add(weight.value, 1);
    });
    double(weight);
    expect([borrowed.isDisposed, weight.value === borrowed]).toEqual([false, true]);
    increment(weight);
    expect(borrowed.isDisposed).toBe(true);
    expect([kept.dataSync()[0], weight.value.dataSync()[0], weight.version]).toEqual([2, 3, 1]);
    const read = weight.value;
    expect(weight.value).toBe(read);
    const other = new Param(read);
    weight.dispose();
    expect(other.value.dataSync()[0]).toBe(3);
    expect(() => weight.value).toThrow(/disposed/);
  });
});
