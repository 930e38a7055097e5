/** @file Frozen containers as arguments: what they hold may change still. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { ModuleK } from "../models.ts";

describe("in frozen containers", () => {
  const x = () => tf.scalar(1);
  const numberOf = (tensor: tf.Tensor) => tensor.dataSync()[0];

  it("Modules and maps may change still, and count", () => {
    const model = new ModuleK(2);
    const options = Object.freeze({ list: Object.freeze([model, "text"]), map: new Map([["k", 3]]) });
    const f = jit((o: typeof options, x: tf.Tensor) => tf.mul(x, (o.list[0] as ModuleK).k * o.map.get("k")!));
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(6);
    model.k = 5;
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(15);
    options.map.set("k", 4);
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(20);
    expect(f.cacheSize()).toBe(3);
  });

  it("what a prototype holds may change, too", () => {
    const prototype = { k: 2 };
    const options = Object.freeze(Object.create(prototype) as { readonly k: number });
    const f = jit((o: typeof options, x: tf.Tensor) => tf.mul(x, o.k));
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(2);
    prototype.k = 7;
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(7);
  });
});
