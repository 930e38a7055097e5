/** @file Compiled functions inside other things, and other things inside compiled functions. */
import { jit } from "@nnx-js/jit";
import { capture, evalShape, grad, Intermediate, Module, Param, valueAndGrad, Variable } from "@nnx-js/nn";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { Model, setUp } from "../models.ts";

/** Counts its calls by a Variable, and can fail after that. */
class Counter extends Module {
  readonly calls = new Variable(tf.scalar(0));
  readonly scale = new Param(tf.scalar(2));
  private readonly count = jit((counter: Counter) => {
    counter.calls.value = tf.add(counter.calls.value, 1);
  });
  forward(x: tf.Tensor, fail = false): tf.Tensor {
    this.count(this);
    if (fail) throw new Error("failed");
    this.sow(Intermediate, "x", x);
    return tf.mul(x, this.scale.value);
  }
}

describe("a compiled function", () => {
  it("inside another one is part of it", async () => {
    const weight = new Param(tf.scalar(3));
    const inner = jit((x: tf.Tensor) => {
      weight.value = tf.add(weight.value, 1);
      return tf.mul(x, weight.value);
    });
    const outer = jit((x: tf.Tensor) => tf.add(inner(x), inner(x)));
    await expect(outer(tf.scalar(1))).toBeAllClose([9]);
    await expect(outer(tf.scalar(1))).toBeAllClose([13]);
    expect([outer.cacheSize(), inner.cacheSize()]).toEqual([1, 0]);
  });

  it("inside a gradient is differentiated", async () => {
    const square = jit((x: tf.Tensor) => tf.square(x));
    const x = tf.scalar(3);
    square(x);
    await expect(tf.grad((x) => square(x))(x)).toBeAllClose([6]);
    const model = new Counter();
    const loss = jit((model: Counter, x: tf.Tensor) => tf.sum(model.forward(x)));
    const [gradient] = grad((model: Counter) => loss(model, x))(model);
    await expect(gradient![1].value).toBeAllClose([3]);
  });

  it("inside evalShape and capture is seen through", async () => {
    const { model } = setUp();
    const predict = jit((model: Model, x: tf.Tensor) => model.lin1.forward(x));
    expect(evalShape(predict, model, tf.ones([3, 4]))).toMatchObject({ shape: [3, 8], dtype: "float32" });
    const counter = new Counter();
    const run = jit((counter: Counter, x: tf.Tensor) => counter.forward(x));
    run(counter, tf.scalar(1));
    const [, seen] = capture((counter: Counter) => run(counter, tf.scalar(5)), Intermediate)(counter);
    expect(seen.size).toBe(1);
  });

  it("takes back what it wrote when the model around it fails", async () => {
    const model = new Counter();
    const x = tf.scalar(1);
    model.forward(x);
    model.forward(x);
    await expect(model.calls.value).toBeAllClose([2]);
    expect(() => model.forward(x, true)).toThrow("failed");
    await expect(model.calls.value).toBeAllClose([2]);
    model.forward(x);
    await expect(model.calls.value).toBeAllClose([3]);
  });

  it("takes for one Variable what it closes over and what it is given", async () => {
    const [mine, other] = [new Param(tf.scalar(1)), new Param(tf.scalar(1))];
    const both = jit((given: Param) => {
      given.value = tf.add(given.value, 1);
      return tf.mul(given.value, mine.value);
    });
    await expect(both(other)).toBeAllClose([2]);
    await expect(both(mine)).toBeAllClose([4]);
    await expect(both(other)).toBeAllClose([6]);
  });
});

describe("inside a compiled function", () => {
  it("views, gradients of gradients, evalShape and capture work", async () => {
    const { model } = setUp();
    const x = tf.randomUniform([5, 4], -1, 1, "float32", 3);
    const run = (model: Model, x: tf.Tensor) => {
      const test = view(model, { deterministic: true, useRunningAverage: true });
      const { shape } = evalShape(() => test.forward(x));
      const [loss, grads] = valueAndGrad((model: Model) => tf.mean(tf.square(model.forward(x))))(test);
      const second = tf.grad((x) => tf.sum(tf.square(tf.grad((x) => tf.sum(tf.tanh(x)))(x))))(x);
      return { loss, shape, second, kernel: (grads.get("lin2", "kernel") as Param).value };
    };
    const [compiled, eager] = [jit(run)(model, x), run(model, x)];
    expect(compiled.shape).toEqual([5, 2]);
    for (const key of ["loss", "second", "kernel"] as const)
      await expect(compiled[key]).toBeAllClose(eager[key]);
    const counter = new Counter();
    const captured = jit((counter: Counter, x: tf.Tensor) => capture(counter, Intermediate)(x));
    const [, seen] = captured(counter, tf.scalar(7));
    await expect(seen.entries[0]![1].value).toBeAllClose([7]);
  });
});
