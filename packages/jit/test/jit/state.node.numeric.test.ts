/** @file What compiled functions read from their caller and write to it. */
import { jit } from "@nnx-js/jit";
import {
  clone,
  type GraphDef,
  initializers,
  iterVariables,
  Linear,
  merge,
  Param,
  Rngs,
  split,
  State,
  state,
  update,
  valueAndGrad,
  Variable,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { type Model, setUp, step } from "../models.ts";

async function expectSameVariables(actual: unknown, expected: unknown) {
  const others = new Map([...iterVariables(expected)].map(([path, variable]) => [path.join("."), variable]));
  for (const [path, variable] of iterVariables(actual)) {
    await expect(variable.value, path.join(".")).toBeAllClose(others.get(path.join("."))!.value);
  }
}

describe("a training step", () => {
  it("writes weights, statistics, counters and the optimiser's state, step after step", async () => {
    const [compiled, eager] = [setUp(), setUp()];
    const jitted = jit(step);
    const data = new Rngs(1);
    for (let i = 0; i < 4; i++) {
      const [x, y] = [data.normal([16, 4]), data.normal([16, 2])];
      const loss = jitted(compiled.model, compiled.optimizer, x, y, compiled.rngs);
      const expected = tf.tidy(() => step(eager.model, eager.optimizer, x, y, eager.rngs));
      await expect(loss).toBeAllClose(expected);
      tf.dispose([x, y, loss, expected]);
    }
    expect(jitted.cacheSize()).toBe(1);
    await expectSameVariables(compiled, eager);
  });

  it("serves views by their modes, and each view sees what another has written", async () => {
    const [compiled, eager] = [setUp(), setUp()];
    const jitted = jit(step);
    const predict = jit((model: Model, x: tf.Tensor) => model.forward(x));
    const x = new Rngs(1).normal([8, 4]);
    const y = tf.zeros([8, 2]);
    const both = [compiled, eager].map(({ model }) => ({
      train: view(model, { deterministic: false, useRunningAverage: false }),
      test: view(model, { deterministic: true, useRunningAverage: true }),
    }));
    for (let i = 0; i < 3; i++) {
      jitted(both[0]!.train, compiled.optimizer, x, y, compiled.rngs).dispose();
      tf.tidy(() => step(both[1]!.train, eager.optimizer, x, y, eager.rngs));
      await expect(predict(both[0]!.test, x)).toBeAllClose(both[1]!.test.forward(x));
    }
    expect(predict.cacheSize()).toBe(1);
    await expectSameVariables(compiled, eager);
    predict(view(compiled.model, { deterministic: true, useRunningAverage: false }), x);
    expect(predict.cacheSize()).toBe(2);
  });

  it("leaves no tensor behind, in tf.tidy and without", async () => {
    const { model, optimizer, rngs } = setUp();
    const jitted = jit(step);
    const [x, y] = [tf.ones([8, 4]), tf.zeros([8, 2])];
    await expectNoLeak(() => jitted(model, optimizer, x, y, rngs).dispose());
    await expectNoLeak(() => tf.tidy(() => void jitted(model, optimizer, x, y, rngs)));
    const loss = tf.tidy(() => jitted(model, optimizer, x, y, rngs));
    expect(loss.isDisposed).toBe(false);
  });

  it("sees values that were set outside, and those that update sets", async () => {
    const { model } = setUp();
    const predict = jit((model: Model, x: tf.Tensor) => model.lin1.forward(x));
    const x = tf.ones([2, 4]);
    predict(model, x);
    model.lin1.kernel.value = tf.mul(tf.ones([4, 8]), 0.5);
    await expect(predict(model, x)).toBeAllClose(Array<number>(16).fill(2));
    const other = setUp(3).model;
    update(model, state(other));
    await expect(predict(model, x)).toBeAllClose(other.lin1.forward(x));
    expect(predict.cacheSize()).toBe(1);
  });
});

describe("Variables", () => {
  it("that occur twice are one input, and two that are alike are not", async () => {
    const [a, b] = [new Param(tf.scalar(1)), new Param(tf.scalar(10))];
    const add = jit((p: Param, q: Param) => {
      p.value = tf.add(p.value, 1);
      return tf.add(p.value, q.value);
    });
    await expect(add(a, a)).toBeAllClose(tf.scalar(4));
    await expect(add(a, b)).toBeAllClose(tf.scalar(13));
    await expect(add(b, b)).toBeAllClose(tf.scalar(22));
    await expect(a.value).toBeAllClose(tf.scalar(3));
    expect(add.cacheSize()).toBe(2);
  });

  it("that the function closes over are inputs and are written; their shape is checked at each call", async () => {
    const total = new Variable<tf.Tensor>(tf.zeros([2]));
    const add = jit((x: tf.Tensor) => {
      total.value = tf.add(total.value, x);
      return total.value;
    });
    const first = add(tf.tensor1d([1, 2]));
    await expect(add(tf.tensor1d([1, 2]))).toBeAllClose(tf.tensor1d([2, 4]));
    await expect(first).toBeAllClose(tf.tensor1d([1, 2]));
    total.value = tf.zeros([3, 1]);
    const sum = add(tf.tensor1d([1, 2]));
    expect(sum.shape).toEqual([3, 2]);
    expect(total.shape).toEqual([3, 2]);
  });

  it("that are an argument of the first call as well are told from the arguments of later ones", async () => {
    const [own, a, b] = [1, 10, 100].map((value) => new Param(tf.scalar(value))) as [Param, Param, Param];
    const add = jit((p: Param) => tf.add(tf.mul(p.value, 2), own.value));
    await expect(add(own)).toBeAllClose(tf.scalar(3));
    await expect(add(a)).toBeAllClose(tf.scalar(21));
    await expect(add(b)).toBeAllClose(tf.scalar(201));
    await expect(add(own)).toBeAllClose(tf.scalar(3));
    expect(add.cacheSize()).toBe(2);

    const pair = jit((p: Param, q: Param) => ({ sum: tf.add(p.value, q.value), own }));
    expect(pair(own, a).own).toBe(own);
    expect(pair(own, b).own).toBe(own);
    expect(pair(a, b).own).toBe(own);
    expect(pair(b, a).own).toBe(own);
    await expect(pair(a, own).sum).toBeAllClose(tf.scalar(11));
    const before = tf.memory().numTensors;
    pair(b, b).sum.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("may be swapped, and get another shape", async () => {
    const [a, b] = [new Param(tf.scalar(1)), new Param(tf.scalar(2))];
    const swap = jit((p: Param, q: Param) => {
      const old = p.value.clone();
      p.value = q.value;
      q.value = old;
    });
    swap(a, b);
    await expect(a.value).toBeAllClose(tf.scalar(2));
    await expect(b.value).toBeAllClose(tf.scalar(1));
    const grow = jit((p: Param) => {
      p.value = tf.concat([tf.reshape(p.value, [-1]), tf.ones([1])]);
    });
    grow(a);
    grow(a);
    await expect(a.value).toBeAllClose(tf.tensor1d([2, 1, 1]));
  });

  it("give their old value to what is computed after a write, in the same loop or while a product is stored", async () => {
    const shift = (p: Param, x: tf.Tensor) => {
      const old = p.value.clone();
      p.value = tf.exp(x);
      return tf.sub(old, 1);
    };
    const multiply = (p: Param, x: tf.Tensor2D) => {
      const old = p.value.clone();
      p.value = tf.matMul(x, x);
      return tf.add(old, p.value);
    };
    for (const fn of [shift, multiply]) {
      const [compiled, eager] = [new Param(tf.ones([4, 4])), new Param(tf.ones([4, 4]))];
      const jitted = jit(fn);
      const x = tf.mul<tf.Tensor2D>(tf.ones([4, 4]), 0.5);
      for (let i = 0; i < 3; i++) await expect(jitted(compiled, x)).toBeAllClose(fn(eager, x));
      await expect(compiled.value).toBeAllClose(eager.value);
    }
  });

  it("of TensorFlow.js are read and assigned as well", async () => {
    const inside = tf.variable(tf.scalar(1));
    const given = tf.variable(tf.scalar(10));
    const add = jit((v: tf.Variable) => {
      inside.assign(tf.add(inside, 1));
      v.assign(tf.add(v, inside));
      return tf.mul(v, 2);
    });
    const before = tf.memory().numTensors;
    add(given).dispose();
    await expect(add(given)).toBeAllClose([30]);
    await expect(inside).toBeAllClose([3]);
    await expect(given).toBeAllClose([15]);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([inside, given]);
  });
});

describe("results", () => {
  it("never are an argument or a Variable's own tensor", async () => {
    const weight = new Param(tf.scalar(3));
    const x = tf.scalar(1);
    const same = jit((x: tf.Tensor) => [x, weight.value, x] as const);
    const [a, b, c] = same(x);
    expect([a === x, b === weight.value, a === c]).toEqual([false, false, true]);
    tf.dispose([x, a]);
    await expect(b).toBeAllClose(tf.scalar(3));
    weight.value = tf.scalar(4);
    await expect(b).toBeAllClose(tf.scalar(3));
  });

  it("may be Modules that are made inside, new ones in each call", async () => {
    const make = jit((x: tf.Tensor) => {
      const linear = new Linear(2, 3, { kernelInit: initializers.uniform(), rngs: new Rngs(0) });
      linear.kernel.value = tf.add(linear.kernel.value, x);
      return { linear, again: [linear.kernel], name: "made" };
    });
    const first = make(tf.scalar(1));
    const second = make(tf.scalar(2));
    expect(first.linear).toBeInstanceOf(Linear);
    expect(first.again[0]).toBe(first.linear.kernel);
    expect(first.linear.kernel).not.toBe(second.linear.kernel);
    expect(first.name).toBe("made");
    await expect(second.linear.kernel.value).toBeAllClose(tf.add(first.linear.kernel.value, 1));
    await expect(first.linear.forward(tf.ones([1, 2]))).toBeAllClose(
      tf.matMul(tf.ones([1, 2]), first.linear.kernel.value),
    );
  });

  it("may be gradients, and arguments as well", async () => {
    const { model, optimizer } = setUp();
    const [x, y] = [tf.ones([8, 4]), tf.zeros([8, 2])];
    const lossFn = (model: Model, x: tf.Tensor) =>
      tf.mean(tf.square(tf.sub(model.lin2.forward(model.lin1.forward(x)), y)));
    const gradients = jit((model: Model, x: tf.Tensor) => valueAndGrad(lossFn)(model, x));
    const apply = jit((model: Model, grads: State) => optimizer.update(model, grads));
    for (let i = 0; i < 3; i++) {
      const [loss, grads] = gradients(model, x);
      const [expectedLoss, expected] = valueAndGrad(lossFn)(model, x);
      await expect(loss).toBeAllClose(expectedLoss);
      expect(grads).toBeInstanceOf(State);
      for (const [path, leaf] of grads) {
        await expect(leaf.value).toBeAllClose((expected.get(...path) as Param).value);
      }
      apply(model, grads);
      tf.dispose([loss, expectedLoss]);
      grads.dispose();
      expected.dispose();
    }
    expect([gradients.cacheSize(), apply.cacheSize()]).toEqual([1, 1]);
  });

  it("are the caller's own objects where the function returns its arguments", () => {
    const { model } = setUp();
    const other = setUp().model;
    const identity = jit((model: Model, box: { x: tf.Tensor }) => ({
      model,
      kernel: model.lin1.kernel,
      box,
    }));
    const box = { x: tf.scalar(1) };
    for (const each of [model, other]) {
      const result = identity(each, box);
      expect(result.model).toBe(each);
      expect(result.kernel).toBe(each.lin1.kernel);
      expect(result.box).toBe(box);
    }
    expect(identity.cacheSize()).toBe(1);
  });

  it("may be a split of the model", async () => {
    const { model } = setUp();
    const take = jit((model: Model) => {
      const [graphdef, params] = split(model, Param, true);
      return { graphdef, params };
    });
    const { params } = take(model);
    expect(params.get("lin1", "kernel")).toBe(model.lin1.kernel);
  });
});

describe("structure", () => {
  it("that the function changes in its arguments changes in each call", async () => {
    const cache: { last?: tf.Tensor; all: unknown[] } = { all: [] };
    const remember = jit((cache: { last?: tf.Tensor; all: unknown[] }, x: tf.Tensor) => {
      cache.last = tf.mul(x, 2);
      cache.all.push(cache.all.length);
    });
    remember(cache, tf.scalar(1));
    remember(cache, tf.scalar(2));
    remember(cache, tf.scalar(3));
    await expect(cache.last!).toBeAllClose(tf.scalar(6));
    expect(cache.all).toEqual([0, 1, 2]);
  });

  it("holds graph definitions by what they say", async () => {
    const run = jit((graphdef: GraphDef<Model>, state: State, x: tf.Tensor) =>
      merge(graphdef, state).forward(x),
    );
    const x = tf.ones([2, 4]);
    const test = view(setUp().model, { deterministic: true, useRunningAverage: true });
    for (let i = 0; i < 3; i++) {
      await expect(run(...split(test), x)).toBeAllClose(test.forward(x));
      await expect(run(...split(clone(test)), x)).toBeAllClose(test.forward(x));
    }
    expect(run.cacheSize()).toBe(1);
    run(...split(view(test, { useRunningAverage: false })), x);
    expect(run.cacheSize()).toBe(2);
  });

  it("decides what is compiled: static values by value, functions by identity, shapes, dtypes", () => {
    const scale = jit((x: tf.Tensor, { by, with: f }: { by: number; with: (x: tf.Tensor) => tf.Tensor }) =>
      tf.mul(f(x), by),
    );
    const x = tf.ones([2]);
    const id = (x: tf.Tensor) => x;
    scale(x, { by: 2, with: id });
    scale(x, { by: 2, with: id });
    expect(scale.cacheSize()).toBe(1);
    scale(x, { by: 3, with: id });
    scale(x, { by: 3, with: tf.neg });
    scale(tf.ones([3]), { by: 3, with: tf.neg });
    scale(tf.ones([3], "int32"), { by: 3, with: tf.neg });
    expect(scale.cacheSize()).toBe(5);
    scale.clearCache();
    expect(scale.cacheSize()).toBe(0);
  });
});
