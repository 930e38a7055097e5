/** @file Programs that pile up: they go with what they are for, are bounded in number, and somebody is told. */
import { jit, JitMemoryError, UnsupportedKernelError } from "@nnx-js/jit";
import { All, Any, Linear, Not, OfType, Param, PathContains, Rngs, valueAndGrad } from "@nnx-js/nn";
import {
  adam,
  adamw,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  cosineDecaySchedule,
  exponentialDecay,
  type GradientTransformation,
  joinSchedules,
  linearSchedule,
  Optimizer,
  piecewiseConstantSchedule,
  sgd,
  warmupCosineDecaySchedule,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, test, vi } from "vitest";
import { whatChanged } from "../../src/call/growth-message.ts";
import { HeapFullError } from "../../src/memory/space.ts";
import { Heap } from "../../src/targets/wasm/memory/heap.ts";
import { theHeap } from "../../src/targets/wasm/memory/the-heap.ts";

let warn: MockInstance<typeof console.warn>;

beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => warn.mockRestore());

const x = () => tf.scalar(1);
const valueOf = (tensor: tf.Tensor) => tensor.dataSync()[0];

/** Lets the garbage collector and finalizers run. */
async function collect(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc!();
    await setTimeout(1);
  }
}

/** A function whose program takes about a megabyte. */
const large = (tag: number) =>
  jit((x: tf.Tensor) => tf.sum(tf.matMul(tf.add(tf.ones([300, 300]), x), tf.mul(tf.ones([300, 300]), tag))));

describe("memory", () => {
  it("of functions that were dropped is used again", async () => {
    const input = x();
    const run = async (times: number) => {
      for (let i = 0; i < times; i++) {
        large(i)(input).dispose();
        if (i % 10 === 9) await collect();
      }
      await collect();
      return [theHeap().used, tf.memory().numTensors];
    };
    const before = await run(10);
    const { byteLength } = theHeap().memory.buffer;
    expect(await run(40)).toEqual(before);
    expect(theHeap().memory.buffer.byteLength).toBeLessThanOrEqual(byteLength * 2);
  });

  it("of a program goes with a function that is part of its key, and with tensors that it closes over", async () => {
    const f = jit((activation: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor) => activation(x));
    await collect();
    const before = [theHeap().used, tf.memory().numTensors];
    const call = () => {
      const table = tf.ones([100]);
      f((x) => tf.add(x, table), x()).dispose();
      table.dispose();
    };
    for (let i = 0; i < 5; i++) call();
    await collect();
    expect(f.cacheSize()).toBe(0);
    expect([theHeap().used, tf.memory().numTensors - 5]).toEqual(before);
  });

  it("of a function that fails to compile is given back", () => {
    const input = x();
    const failing = jit((x: tf.Tensor) => {
      const image = tf.add<tf.Tensor4D>(tf.ones([1, 8, 8, 1]), x);
      return tf.image.transform(image, tf.ones([1, 8]));
    });
    const run = () => {
      expect(() => failing(input)).toThrow(UnsupportedKernelError);
    };
    run();
    const before = [theHeap().used, tf.memory().numTensors];
    for (let i = 0; i < 3; i++) run();
    expect([theHeap().used, tf.memory().numTensors]).toEqual(before);
  });

  it("that is full is an error that names the function, after other programs have made room", () => {
    const heap = theHeap();
    const [f, g] = [large(1), large(2)];
    const weight = new Param(tf.scalar(1));
    const step = jit(() => {
      weight.value = tf.add(weight.value, 1);
    });
    f(x());
    step();
    const grow = vi.spyOn(heap.memory, "grow").mockImplementation(() => {
      throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
    });
    // What is left free is handed out.
    const taken: number[] = [];
    const { makeRoom } = heap;
    heap.makeRoom = undefined;
    try {
      for (let bytes = 2 ** 30; bytes >= 16;) {
        try {
          taken.push(heap.allocate(bytes));
        } catch {
          bytes /= 2;
        }
      }
      expect(() => g(x())).toThrow(JitMemoryError);
      expect(() => g(x())).toThrow(/^jit\(anonymous\): expected room for .* MB in the memory .* in use/);
      heap.makeRoom = makeRoom;
      expect(valueOf(g(x()))).toBe(2 * 2 * 300 ** 3);
      expect(f.cacheSize() + step.cacheSize()).toBeLessThan(2);
      expect(valueOf(weight.value)).toBe(2);
    } finally {
      heap.makeRoom = makeRoom;
      grow.mockRestore();
      for (const address of taken) heap.release(address);
    }
    expect(valueOf(f(x()))).toBe(2 * 300 ** 3);
    step();
    expect(valueOf(weight.value)).toBe(3);
  });

  it("of a heap says what is free", () => {
    const heap = new Heap(false);
    let error: unknown;
    try {
      heap.allocate(5e9);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(HeapFullError);
    expect(error).toMatchObject({ needed: 5e9, used: 0, free: 2 ** 32 - 16 });
  });
});

describe("programs of one function", () => {
  it("are as many as it may keep, those used last; Variables keep their values", async () => {
    const total = new Param(tf.scalar(0));
    const f = jit(
      (n: number) => {
        total.value = tf.add(total.value, n);
        return total.value;
      },
      { maxPrograms: 3 },
    );
    let expected = 0;
    for (const n of [1, 2, 3, 1, 4, 1, 5, 1, 2, 2]) {
      expected += n;
      expect(valueOf(f(n))).toBe(expected);
      expect(f.cacheSize()).toBeLessThanOrEqual(3);
    }
    expect(valueOf(total.value)).toBe(expected);
    const used = theHeap().used;
    for (let n = 0; n < 20; n++) f(n).dispose();
    expect(Math.abs(theHeap().used - used)).toBeLessThan(200);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1));
  });

  it("are compiled once for views and Variables that come and go", () => {
    const f = jit((n: number, x: tf.Tensor) => tf.mul(x, n), { maxPrograms: 2 });
    for (let i = 0; i < 3; i++) for (const n of [1, 2, 3]) expect(valueOf(f(n, x()))).toBe(n);
  });
});

describe("transformations and filters", () => {
  const TRANSFORMATIONS: Readonly<Record<string, (rate: number) => GradientTransformation>> = {
    adam: (rate) => adam(rate),
    "adam with options": (rate) => adam(rate, { b1: 0.8, nesterov: true }),
    adamw: (rate) => adamw(rate, { mask: { kernel: true, bias: false } }),
    "sgd with momentum": (rate) => sgd(rate, { momentum: 0.9 }),
    "a chain": (rate) => chain(clipByGlobalNorm(1), addDecayedWeights(1e-2), sgd(rate)),
    cosine: (rate) => adam(cosineDecaySchedule(rate, 100)),
    "a warm-up": (rate) => adam(warmupCosineDecaySchedule(0, rate, 10, 100)),
    "joined schedules": (rate) =>
      sgd(joinSchedules([linearSchedule(0, rate, 5), exponentialDecay(rate, 10, 0.5)], [5])),
    jumps: (rate) => sgd(piecewiseConstantSchedule(rate, { 2: 0.5, 4: 0.1 })),
  };

  test.each(Object.entries(TRANSFORMATIONS))("%s, made anew for each call, is one program", (_, make) => {
    const step = jit((model: Linear, optimizer: Optimizer<Linear>, x: tf.Tensor) => {
      const [loss, grads] = valueAndGrad((m: Linear) => tf.sum(m.forward(x)))(model);
      optimizer.update(model, grads);
      return loss;
    });
    const run = (rate: number) => {
      const model = new Linear(2, 1, { rngs: new Rngs(0) });
      const optimizer = new Optimizer(model, make(rate), { wrt: All(Param, Not(PathContains("nobody"))) });
      for (let i = 0; i < 3; i++) step(model, optimizer, tf.ones([1, 2])).dispose();
      return [...model.kernel.value.dataSync()];
    };
    const first = run(0.1);
    expect(run(0.1)).toEqual(first);
    expect(run(0.1)).toEqual(first);
    expect(step.cacheSize()).toBe(1);
    expect(run(0.2)).not.toEqual(first);
    expect(step.cacheSize()).toBe(2);
  });

  it("may be arguments themselves, or stand in lists", () => {
    const f = jit((filters: unknown[], x: tf.Tensor) => tf.mul(x, filters.length));
    for (let i = 0; i < 3; i++) f([OfType(Param), Any(Param, Linear), PathContains("a")], x());
    expect(f.cacheSize()).toBe(1);
    f([OfType(Param), Any(Param, Linear), PathContains("b")], x());
    expect(f.cacheSize()).toBe(2);
  });
});

describe("the warning", () => {
  /** Its text is loaded when it is needed. */
  const message = async () => {
    await vi.waitFor(() => expect(warn).toHaveBeenCalled());
    return String(warn.mock.calls[0]?.[0]);
  };

  it("comes once, at the tenth program, with what changed and what to write", async () => {
    const f = jit(function train(options: { step: number; name: string }, x: tf.Tensor) {
      return tf.mul(x, options.step);
    });
    for (let step = 0; step < 9; step++) f({ step, name: "a" }, x());
    expect(warn).not.toHaveBeenCalled();
    for (let step = 9; step < 30; step++) f({ step, name: "a" }, x());
    expect(await message()).toMatchInlineSnapshot(
      `"jit(train): compiled 10 programs for one function, each of which takes time and memory. What changed between them: argument 0.step was 0, then 1, then 2, …. A number that changes belongs into a tensor, tf.scalar(n), or into a Variable, which are no part of what is compiled. At most 64 programs are kept, those used last: jit(fn, { maxPrograms })."`,
    );
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("says so where what they were compiled for is gone", () => {
    expect(whatChanged([], true, false)).toMatch(
      /^What they were compiled for is gone\. Make the object once/,
    );
  });

  it("speaks of functions, shapes, attributes of Modules and numbers of entries", async () => {
    const apply = jit(function apply(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor) {
      return f(x);
    });
    const functions = Array.from({ length: 10 }, () => (x: tf.Tensor) => tf.relu(x));
    for (const f of functions) apply(f, x());
    expect(await message()).toMatchInlineSnapshot(
      `"jit(apply): compiled 10 programs for one function, each of which takes time and memory. What changed between them: argument 0, a function without a name, was another one each time. A function belongs to what is compiled: make it once, outside of the loop (a transformation takes a schedule for what changes), or as a method of a Module. At most 64 programs are kept, those used last: jit(fn, { maxPrograms })."`,
    );
    warn.mockClear();

    const count = jit((...all: tf.Tensor[]) => all.length);
    for (let n = 1; n <= 10; n++) count(...Array.from({ length: n }, () => tf.ones([n])));
    expect(await message()).toMatch(/arguments was 1 argument, then 2 arguments/);
    expect(await message()).toMatch(/argument 0 was float32\[1\], then float32\[2\], then float32\[3\], …/);
    expect(await message()).toMatch(/pad them, with a mask/);
    warn.mockClear();

    class Counting extends Linear {
      calls = 0;
    }
    const layer = new Counting(1, 1, { rngs: new Rngs(0) });
    const step = jit((layer: Counting, x: tf.Tensor) => {
      layer.calls += 1;
      return tf.mul(x, layer.calls);
    });
    for (let i = 0; i < 12; i++) expect(valueOf(step(layer, x()))).toBe(i + 1);
    expect(await message()).toMatch(/argument 0\.calls was 0, then 1, then 2, …/);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockClear();

    const rates = jit((tx: GradientTransformation) => Object.keys(tx).length);
    for (let i = 0; i < 10; i++) rates(adam(i));
    expect(await message()).toMatch(/argument 0, chain\(…\), was another one each time.* schedule/);
  });
});
