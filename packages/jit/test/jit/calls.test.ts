/** @file How a compiled function may be called: with fewer arguments, and as a method. */
import { jit, JitArgumentError } from "@nnx-js/jit";
import { Linear, Module, Param, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

const valueOf = (tensor: tf.Tensor) => tensor.dataSync()[0];

describe("the number of arguments", () => {
  it("may change; missing and undefined are one thing", () => {
    const f = jit((x: tf.Tensor, mask?: tf.Tensor | null, scale?: number) => {
      const masked = mask ? tf.mul(x, mask) : x;
      return scale === undefined ? masked : tf.mul(masked, scale);
    });
    const [x, mask] = [tf.scalar(3), tf.scalar(2)];
    expect(valueOf(f(x))).toBe(3);
    expect(valueOf(f(x, mask))).toBe(6);
    expect(valueOf(f(x, undefined))).toBe(3);
    expect(valueOf(f(x, undefined, undefined))).toBe(3);
    expect(valueOf(f(x, mask, undefined))).toBe(6);
    expect(f.cacheSize()).toBe(2);
    expect(valueOf(f(x, undefined, 5))).toBe(15);
    expect(valueOf(f(x, null))).toBe(3);
    expect(f.cacheSize()).toBe(4);
    expect(f.lower(x, undefined)).toBe(f.lower(x));
    expect(f.cacheSize()).toBe(4);
  });

  it("counts in functions that take any", () => {
    const sum = jit((...terms: tf.Tensor[]) => tf.addN(terms));
    expect(valueOf(sum(tf.scalar(1), tf.scalar(2)))).toBe(3);
    expect(valueOf(sum(tf.scalar(1), tf.scalar(2), tf.scalar(4)))).toBe(7);
    expect(valueOf(sum(tf.scalar(1)))).toBe(1);
  });
});

describe("this", () => {
  const make = (k: number) => ({
    k,
    scale: jit(function (this: { k: number }, x: tf.Tensor) {
      return tf.mul(x, this.k);
    }),
  });

  it("is that of the call, and counts as an argument", () => {
    const [a, b] = [make(2), make(50)];
    expect(valueOf(a.scale(tf.scalar(3)))).toBe(6);
    expect(valueOf(b.scale(tf.scalar(3)))).toBe(150);
    a.k = 7;
    expect(valueOf(a.scale(tf.scalar(3)))).toBe(21);
    expect(valueOf(a.scale.call(b, tf.scalar(3)))).toBe(150);
  });

  it("may be a Module, whose method is compiled once for all of its class", () => {
    class Layer extends Module {
      readonly weight: Param;
      calls = new Param(tf.scalar(0));
      constructor(weight: number) {
        super();
        this.weight = new Param(tf.scalar(weight));
      }
      forward(x: tf.Tensor): tf.Tensor {
        this.calls.value = tf.add(this.calls.value, 1);
        return tf.mul(this.weight.value, x);
      }
    }
    const forward = jit(Layer.prototype.forward.bind(new Layer(9)));
    expect(valueOf(forward(tf.scalar(2)))).toBe(18);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it gets its this in each call
    const method = jit(Layer.prototype.forward);
    Object.defineProperty(Layer.prototype, "compiled", { value: method });
    const layers = [new Layer(2), new Layer(3), new Layer(2)] as (Layer & { compiled: Layer["forward"] })[];
    for (const layer of layers) {
      for (let i = 0; i < 2; i++)
        expect(valueOf(layer.compiled(tf.scalar(5)))).toBe(5 * valueOf(layer.weight.value)!);
      expect(valueOf(layer.calls.value)).toBe(2);
    }
    expect(method.cacheSize()).toBe(1);
    expect(method.lower.call(layers[0], tf.scalar(1))).toContain("Multiply");
  });

  it("is that of the function around in arrow functions, and none where nobody gives one", () => {
    const holder = { secret: new WeakMap(), f: jit((x: tf.Tensor) => tf.neg(x)) };
    expect(valueOf(holder.f(tf.scalar(1)))).toBe(-1);
    const bare = jit(function (this: unknown, x: tf.Tensor) {
      return this === undefined ? tf.neg(x) : x;
    });
    expect(valueOf(bare(tf.scalar(1)))).toBe(-1);
    expect(() => bare.call(new WeakMap(), tf.scalar(1))).toThrow(/a WeakMap, .* at this\. /);
  });

  it("reaches the function inside another trace, too", () => {
    const holder = make(4);
    const outer = jit((x: tf.Tensor) => holder.scale(x));
    expect(valueOf(outer(tf.scalar(2)))).toBe(8);
    expect(valueOf(tf.grad((x: tf.Tensor) => holder.scale(x))(tf.scalar(2)))).toBe(4);
  });
});

it("refuses a precision that is none, and computes in float32 where there is no other", () => {
  const square = (x: tf.Tensor) => tf.matMul(x, x);
  expect(() => jit(square, { matmulPrecision: "float61" as "float16" })).toThrow(
    'expected "float32" or "float16" for the option matmulPrecision, found "float61". Did you mean float16?',
  );
  const x = tf.tensor2d([[1 + 2 ** -20]]);
  for (const target of ["wasm", "kernels"] as const) {
    expect(jit(square, { matmulPrecision: "float16", target })(x).dataSync()[0]).toBe(1 + 2 ** -19);
  }
});

it("refuses a number of programs that is none", () => {
  for (const maxPrograms of [0, 1.5, -1, NaN]) {
    expect(() => jit((x: tf.Tensor) => x, { maxPrograms })).toThrow(JitArgumentError);
  }
  expect(() => jit((x: tf.Tensor) => x, { maxPrograms: Infinity })).not.toThrow();
});

it("keeps Modules that are only in arguments of a class of its own", () => {
  class Trainer {
    readonly model = new Linear(2, 1, { rngs: new Rngs(0) });
    steps = 0;
    readonly step = jit(function (this: Trainer, x: tf.Tensor) {
      this.model.kernel.value = tf.mul(this.model.kernel.value, 2);
      return tf.sum(this.model.forward(x));
    });
  }
  const trainer = new Trainer();
  const before = trainer.model.kernel.value.dataSync().slice();
  for (let i = 0; i < 3; i++) trainer.step(tf.ones([1, 2])).dispose();
  expect(trainer.step.cacheSize()).toBe(1);
  expect([...trainer.model.kernel.value.dataSync()]).toEqual([...before].map((value) => value * 8));
});
