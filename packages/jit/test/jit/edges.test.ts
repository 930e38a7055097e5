/** @file Tensors without elements, odd arguments and odd ways to call: all as without `jit`. */
import { jit } from "@nnx-js/jit";
import { Module, Param } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, test } from "vitest";

type Op = (x: tf.Tensor2D) => tf.Tensor | tf.Tensor[];

const images = (x: tf.Tensor) => tf.reshape<tf.Rank.R4>(x, [0, 4, 4, 2]);

const OPERATIONS: Readonly<Record<string, Op>> = {
  add: (x) => tf.add(x, 1),
  relu: (x) => tf.relu(x),
  where: (x) => tf.where(tf.greater(x, 0), x, tf.neg(x)),
  broadcast: (x) => tf.add(x, tf.ones([3, 1, 1])),
  "sum over rows": (x) => tf.sum(x, 0),
  "sum over columns": (x) => tf.sum(x, 1),
  mean: (x) => tf.mean(x, 1),
  moments: (x) => Object.values(tf.moments(x, 0)),
  any: (x) => tf.any(tf.cast(x, "bool"), 0),
  prod: (x) => tf.prod(x, 0),
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  cumsum: (x) => tf.cumsum(x, 0),
  concat: (x) => [tf.concat([x, x], 0), tf.concat([x, tf.ones([x.shape[0], 2])], 1)],
  stack: (x) => tf.stack([x, x]),
  transpose: (x) => tf.transpose(x),
  reverse: (x) => tf.reverse(x, 0),
  tile: (x) => tf.tile(x, [2, 2]),
  pad: (x) =>
    tf.pad(x, [
      [1, 0],
      [0, 1],
    ]),
  slice: (x) => tf.slice(x, [0, 0], [0, -1]),
  gather: (x) => tf.gather(x, tf.tensor1d([], "int32"), 0),
  scatter: () => tf.scatterND(tf.zeros([0, 1], "int32"), tf.zeros([0]), [4]),
  "segment sum": (x) => tf.unsortedSegmentSum(x, tf.zeros([x.shape[0]], "int32"), 2),
  oneHot: (x) => tf.oneHot(tf.cast(tf.reshape(x, [-1]), "int32"), 3),
  matMul: (x) => [tf.matMul(x, x, true, false), tf.matMul(x, x, false, true)],
  einsum: (x) => tf.einsum("ij,ik->jk", x, x),
  convolution: (x) => tf.conv2d(images(x), tf.ones([2, 2, 2, 3]), 1, "same"),
  "gradient of a filter": (x) =>
    tf.grad((filter) => tf.sum(tf.conv2d(images(x), filter as tf.Tensor4D, 1, "same")))(
      tf.ones([2, 2, 2, 3]),
    ),
  "gradient of a matrix": (x) =>
    tf.grad((w) => tf.sum(tf.square(tf.matMul(x, w as tf.Tensor2D))))(tf.ones([x.shape[1], 2])),
  gradient: (x) => tf.grad((y) => tf.sum(tf.mul(tf.tanh(y), y)))(x),
};

/** What comes out, or what is wrong. */
function outcome(run: () => tf.Tensor | tf.Tensor[]): unknown {
  try {
    return [run()].flat().map((tensor) => [tensor.dtype, tensor.shape, [...tensor.dataSync()]]);
  } catch (error) {
    return (error as Error).message;
  }
}

describe("of no elements", () => {
  const cases = Object.keys(OPERATIONS).flatMap((name) =>
    (
      [
        [0, 4],
        [3, 0],
        [0, 0],
      ] as const
    ).map((shape) => [name, shape] as const),
  );
  test.each(cases)("%s of %j is what it is without jit", (name, shape) => {
    const operation = OPERATIONS[name]!;
    const x = tf.zeros<tf.Rank.R2>([...shape]);
    expect(outcome(() => jit(operation)(x))).toEqual(outcome(() => operation(x)));
  });
});

describe("a function", () => {
  it("takes and gives trees of anything, compiled once", () => {
    const when = new Date(0);
    interface Arguments {
      pair: tf.Tensor[];
      map: Map<string, tf.Tensor>;
      label: string;
      n: number;
      when: Date;
      absent?: undefined;
    }
    const f = jit(({ pair, map, label, n, when }: Arguments) => ({
      sum: tf.add(pair[0]!, pair[1]!),
      map: new Map([[label, map.get("k")]]),
      n: n * 2,
      when,
      nothing: [null, undefined],
    }));
    for (const value of [1, 2]) {
      const pair = [tf.scalar(value), tf.scalar(2)];
      const map = new Map([["k", tf.scalar(7)]]);
      const result = f({ pair, map, label: "seven", n: 3, when, absent: undefined });
      expect(Object.keys(result)).toEqual(["sum", "map", "n", "when", "nothing"]);
      expect(result.sum.dataSync()[0]).toBe(value + 2);
      expect(result.map.get("seven")!.dataSync()[0]).toBe(7);
      expect([result.n, result.when, result.nothing]).toEqual([6, when, [null, undefined]]);
    }
    expect(f.cacheSize()).toBe(1);
  });

  it("takes an object that holds itself, and two objects that are one in another call", () => {
    interface Box {
      n: tf.Tensor;
      self?: Box;
    }
    const box = (n: number): Box => ({ n: tf.scalar(n) });
    const double = jit((x: Box) => tf.add(x.n, x.self!.self!.n));
    const first = box(3);
    first.self = first;
    for (let i = 0; i < 2; i++) expect(double(first).dataSync()[0]).toBe(6);

    const increment = jit((a: Box, b: Box) => {
      a.n = tf.add(a.n, 1);
      return tf.add(a.n, b.n);
    });
    const both = box(5);
    expect(increment(box(1), box(2)).dataSync()[0]).toBe(4);
    expect(increment(both, both).dataSync()[0]).toBe(12);
  });

  it("may dispose of what it made and of what it was given; the caller's tensor stays", () => {
    const f = jit((x: tf.Tensor) => {
      const square = tf.square(x);
      const copy = square.clone();
      tf.dispose([square, x]);
      return copy;
    });
    const x = tf.scalar(3);
    for (let i = 0; i < 2; i++) expect(f(x).dataSync()[0]).toBe(9);
    expect(x.isDisposed).toBe(false);
  });

  it("that calls compiled functions inlines them", () => {
    const inner = jit((x: tf.Tensor) => tf.square(x));
    const outer = jit((x: tf.Tensor) => tf.add(inner(x), inner(tf.add(x, 1))));
    expect([...outer(tf.tensor1d([1, 2])).dataSync()]).toEqual([5, 13]);
    expect([inner.cacheSize(), outer.cacheSize()]).toEqual([0, 1]);
    const second = jit((x: tf.Tensor) => tf.grad((y) => tf.sum(tf.grad((z) => tf.sum(tf.pow(z, 3)))(y)))(x));
    expect([...second(tf.tensor1d([1, 2])).dataSync()]).toEqual([6, 12]);
  });

  it("that failed while it was traced can be called again", () => {
    const weight = new Param(tf.scalar(1));
    let isBroken = true;
    const f = jit((x: tf.Tensor) => {
      weight.value = tf.add(weight.value, x);
      if (isBroken) throw new Error("mine");
      return weight.value;
    });
    expect(() => f(tf.scalar(1))).toThrow("mine");
    expect(() => tf.tidy(() => f(tf.scalar(1)))).toThrow("mine");
    isBroken = false;
    expect(f(tf.scalar(2)).dataSync()[0]).toBe(3);
    expect(weight.value.dataSync()[0]).toBe(3);
  });

  it("may close over a Module with private fields", () => {
    class Scale extends Module {
      readonly #by = 2;
      readonly weight = new Param(tf.scalar(3));
      forward(x: tf.Tensor): tf.Tensor {
        return tf.mul(tf.mul(this.weight.value, x), this.#by);
      }
    }
    const scale = new Scale();
    const f = jit((x: tf.Tensor) => scale.forward(x));
    expect(f(tf.scalar(5)).dataSync()[0]).toBe(30);
  });
});
