/** @file Arguments in which nobody can see all that counts are refused. */
import { jit, JitArgumentError } from "@nnx-js/jit";
import { Module, UncopyableNodeError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, test } from "vitest";
import { ModuleWith } from "../models.ts";

describe("what cannot be seen is refused", () => {
  const f = jit(function use(first: unknown, second?: unknown) {
    void second;
    return first;
  });

  it("in private members, as by clone and view", () => {
    class Secret extends Module {
      #k: number;
      constructor(k: number) {
        super();
        this.#k = k;
      }
      get k(): number {
        return this.#k;
      }
    }
    class Inside {
      readonly #k = 1;
      get k(): number {
        return this.#k;
      }
    }
    expect(() => f(new Secret(2))).toThrow(UncopyableNodeError);
    expect(() => f(1, { model: new Secret(2) })).toThrowErrorMatchingInlineSnapshot(
      `[UncopyableNodeError: jit(use): argument 1.model (Secret) has the private member #k, which nobody else can see: what changes there would go unnoticed. Write \`private k\` (TypeScript) or \`_k\` instead, or let the function close over the object.]`,
    );
    expect(() => f([new Inside()])).toThrow(/argument 0\.0 \(Inside\) has the private member #k/);
    expect(() => f(new ModuleWith(new Inside()))).toThrow(/argument 0\.inner \(Inside\)/);
    expect(f.cacheSize()).toBe(0);
  });

  it("behind getters, and in objects of the engine, with the path", () => {
    const getter = {
      get k() {
        return 1;
      },
    };
    expect(() => f({ options: getter })).toThrowErrorMatchingInlineSnapshot(
      `[JitArgumentError: jit(use): expected arguments of tensors, Modules and static values, found a getter at argument 0.options.k. Pass what it gives, { ...object }, or make it a getter of a class that computes from plain attributes.]`,
    );
    const opaque = [
      new WeakMap(),
      new WeakSet(),
      new WeakRef({}),
      Promise.resolve(),
      new Error("x"),
      [][Symbol.iterator](),
      (function* () {})(),
      new Map().entries(),
      new Intl.NumberFormat(),
      new AbortController(),
      new URL("https://example.org"),
    ];
    for (const value of opaque) {
      expect(() => f({ value })).toThrow(/argument 0\.value/);
      expect(() => f(new ModuleWith(value))).toThrow(/argument 0\.inner/);
    }
    for (const value of [new Float32Array(2), new ArrayBuffer(8), new DataView(new ArrayBuffer(8))]) {
      expect(() => f(1, [value])).toThrow(/argument 1\.0\. Pass a tensor/);
    }
    expect(() => f(new Map([[tf.scalar(1), 1]]))).toThrow(JitArgumentError);
  });
});

test("arguments that are nested too deep are refused, before and after the function is compiled", () => {
  const f = jit((value: object, x: tf.Tensor) => tf.mul(x, Object.keys(value).length));
  const nested = (levels: number) => {
    let value: object = {};
    for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { value };
    return value;
  };
  for (let i = 0; i < 2; i++) {
    expect(f(nested(900), tf.scalar(2)).dataSync()[0]).toBe(2);
    expect(() => f(nested(5000), tf.scalar(2))).toThrow(
      /found more than 1000 levels at argument 0\.0\.value\.0\. Keep parts/,
    );
  }
});
