import { BatchNorm, clone, Linear, List, Module, Param, Rngs, Sequential } from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { Node } from "./models.ts";

test("a clone trains on its own: writes to one are not seen by the other", async () => {
  const model = new Linear(2, 2, { rngs: new Rngs(0) });
  const copy = clone(model);
  model.kernel.value = tf.zeros([2, 2]);
  expect(Math.max(...(await copy.kernel.value.data()))).toBeGreaterThan(0);
  copy.bias!.value = tf.ones([2]);
  await expect(model.bias!.value).toBeAllClose([0, 0]);
});

test("a clone of its Rngs draws the same keys", async () => {
  const rngs = new Rngs(3);
  rngs.key();
  const copy = clone(rngs);
  const [ours, theirs] = [rngs.key(), copy.key()];
  expect(await ours.data()).toEqual(await theirs.data());
});

test("without variables, Variables and plain tensors are shared and attributes are not", async () => {
  const model = new Node();
  model["bn"] = new BatchNorm(2, { rngs: new Rngs(0) });
  model["table"] = tf.ones([2]);
  const copy = clone(model, { variables: false });
  const [ours, theirs] = [model["bn"], copy["bn"]] as [BatchNorm, BatchNorm];
  expect(theirs).not.toBe(ours);
  expect(theirs.mean).toBe(ours.mean);
  expect(copy["table"]).toBe(model["table"]);
  theirs.useRunningAverage = true;
  expect(ours.useRunningAverage).toBe(false);
  theirs.scale = new Param(tf.zeros([2]));
  expect(ours.scale).not.toBe(theirs.scale);
});

test("a clone leaves nothing behind when it is disposed of", async () => {
  const model = new Sequential(new Linear(2, 2, { rngs: new Rngs(0) }));
  await expectNoLeak(() => clone(model).dispose());
  expect(model.layers[0].kernel.value.isDisposed).toBe(false);
});

test("classes, methods, getters, symbols and non-enumerable properties survive", () => {
  const symbol = Symbol("mark");
  class Odd extends Module {
    readonly weight = new Param(tf.zeros([1]));
    factor = 2;
    get twice(): number {
      return this.factor * 2;
    }
    method(): number {
      return this.factor;
    }
  }
  const model = new Odd();
  Object.defineProperty(model, symbol, { value: 1 });
  Object.defineProperty(model, "hidden", { value: model.weight, enumerable: false });
  Object.defineProperty(model, "thrice", {
    get(this: Odd) {
      return this.factor * 3;
    },
    enumerable: true,
  });
  const copy = clone(model);
  copy.factor = 5;
  expect(copy).toBeInstanceOf(Odd);
  expect([copy.twice, copy.method(), Reflect.get(copy, "thrice"), model.twice]).toEqual([10, 5, 15, 4]);
  expect(Reflect.get(copy, symbol)).toBe(1);
  expect(Reflect.get(copy, "hidden")).toBe(copy.weight);
});

test("an accessor that throws does not stop a copy", () => {
  const model = new Node();
  Object.defineProperty(model, "bad", {
    get() {
      throw new Error("called");
    },
    enumerable: true,
    configurable: true,
  });
  expect(() => clone(model)).not.toThrow();
});

test("containers are copied, static values are the same", () => {
  const sizes = [1, 2];
  const model = new Node();
  model["items"] = [new Param(tf.zeros([1])), sizes, "text"];
  model["sizes"] = sizes;
  model["list"] = new List([model["items"]]);
  const copy = clone(model);
  expect(copy["items"]).not.toBe(model["items"]);
  expect((copy["items"] as unknown[])[1]).toBe(sizes);
  expect(copy["sizes"]).toBe(sizes);
  expect((copy["list"] as List<unknown>)[0]).toBe(copy["items"]);
});
