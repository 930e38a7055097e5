/** @file Errors of compiled functions name the operation, the line and the way out, and leave everything as it was. */
import {
  EscapedTensorError,
  jit,
  JitArgumentError,
  TracedValueError,
  UnsupportedKernelError,
  UntraceableError,
} from "@nnx-js/jit";
import { Linear, Param, Rngs } from "@nnx-js/nn";
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

function errorOf(run: () => unknown): Error & { source?: string } {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** A message without the line and column, which change with this file. */
const messageOf = (run: () => unknown) => errorOf(run).message.replace(/\.ts:\d+:\d+/g, ".ts:L:C");

const x = () => tf.tensor1d([1, 2, 3]);

describe("reading a value", () => {
  it("names the line and three ways out", () => {
    const branch = jit(function branch(x: tf.Tensor) {
      return tf.sum(x).dataSync()[0]! > 0 ? x : tf.neg(x);
    });
    expect(errorOf(() => branch(x()))).toBeInstanceOf(TracedValueError);
    expect(messageOf(() => branch(x()))).toMatchInlineSnapshot(
      `"jit(branch): expected code that needs no values, found a read (data, dataSync, array, print, a branch on a value, …) at test/jit/errors.test.ts:L:C: while a function is traced, its tensors have a shape and a dtype only. 1. Branch by tensors: tf.where(condition, a, b). 2. Return the tensor and read it from the result. 3. Pass what decides as a number or boolean: each value is compiled once."`,
    );
  });

  it("is found in every form, at the line of the user", () => {
    const reads: ((x: tf.Tensor) => unknown)[] = [
      (x) => x.arraySync(),
      (x) => x.print(),
      (x) => x.bufferSync(),
      (x) => x.toString(),
    ];
    for (const read of reads) {
      const error = errorOf(() => jit((x: tf.Tensor) => void read(x))(x()));
      expect(error).toBeInstanceOf(TracedValueError);
      expect(error.source).toMatch(
        /jit\/test\/jit\/errors\.test\.ts:\d+:\d+$|test\/jit\/errors\.test\.ts:\d+:\d+$/,
      );
    }
  });

  it("of a Variable is found as well", () => {
    const weight = new Param(tf.scalar(1));
    expect(() => jit(() => weight.value.dataSync())()).toThrow(TracedValueError);
  });

  it("asynchronously is found too", async () => {
    let read: Promise<unknown> | undefined;
    jit((x: tf.Tensor) => {
      read = x.data();
    })(x());
    await expect(read).rejects.toThrow(TracedValueError);
  });
});

describe("operations", () => {
  it("whose shape depends on values are named", () => {
    const unique = jit(function distinct(x: tf.Tensor1D) {
      return tf.unique(x).values;
    });
    expect(errorOf(() => unique(x()))).toBeInstanceOf(UnsupportedKernelError);
    expect(messageOf(() => unique(x()))).toMatchInlineSnapshot(
      `"jit(distinct): expected kernels that can be traced, found Unique at test/jit/errors.test.ts:L:C, whose output has a shape that depends on values. Run it outside of jit(distinct), or compute with a mask of a fixed shape (tf.where)."`,
    );
  });

  it("far into a long function are named with their lines, the first of each kernel and dtype", () => {
    const grow = (x: tf.Tensor4D) =>
      tf.conv2dTranspose(x, tf.ones([1, 1, 1, 1], x.dtype), [1, 2, 2, 1], 1, "same");
    const long = jit(function long(x: tf.Tensor4D) {
      for (let i = 0; i < 100; i++) x = grow(x);
      return grow(tf.cast(x, "int32"));
    });
    expect(messageOf(() => long(tf.ones([1, 2, 2, 1])))).toContain(
      "found Conv2DBackpropInput at test/jit/errors.test.ts:L:C, with dy of int32 and filter of int32",
    );
  });

  it("without a shape rule are named", () => {
    const run = jit(function own(x: tf.Tensor) {
      return tf.engine().runKernel<tf.Tensor>("KernelOfNobody", { x });
    });
    expect(messageOf(() => run(x()))).toMatchInlineSnapshot(
      `"jit(own): expected kernels that can be traced, found KernelOfNobody at test/jit/errors.test.ts:L:C, which has no shape rule. Give it one: registerShapeRule("KernelOfNobody", ({ x }) => ({ shape: x.shape, dtype: x.dtype })), from @nnx-js/tensor."`,
    );
  });

  it("on strings and complex numbers are refused", () => {
    expect(messageOf(() => jit(() => tf.tensor(["a"]))())).toMatchInlineSnapshot(
      `"jit(anonymous): expected kernels that can be traced, found a string tensor at test/jit/errors.test.ts:L:C, whose elements are not float32, int32 or bool. Compute with it outside of jit(anonymous)."`,
    );
    expect(() => jit((x: tf.Tensor) => tf.complex(x, x))(x())).toThrow(UnsupportedKernelError);
  });

  it("that draw at random are refused, those with a seed are not", () => {
    const dropout = jit(function noisy(x: tf.Tensor) {
      return tf.dropout(x, 0.5);
    });
    expect(errorOf(() => dropout(x()))).toBeInstanceOf(UntraceableError);
    expect(messageOf(() => dropout(x()))).toMatchInlineSnapshot(
      `"jit(noisy): expected code that gives the same result for the same arguments, found random numbers drawn at test/jit/errors.test.ts:L:C: they would be those of the first call for ever. Draw them from an Rngs of @nnx-js/nn (rngs.normal([2, 3])), or outside, and pass them in."`,
    );
    expect(() => jit(() => tf.randomUniform([2], 0, 1, "float32", 7))()).not.toThrow();
    expect(Math.random()).toBeLessThan(1);
  });

  it("that make a tf.Variable are refused", () => {
    const before = tf.memory();
    expect(messageOf(() => jit((x: tf.Tensor) => void tf.variable(x))(tf.scalar(1)))).toMatchInlineSnapshot(
      `"jit(anonymous): expected code that makes no tf.Variable, found that it makes one: it would be made once, not in each call. Make it before (a TensorFlow.js optimiser makes its own in its first step: run that step without jit), or use a Variable of @nnx-js/nn."`,
    );
    expect(tf.memory().numTensors).toBe(before.numTensors + 1);
  });
});

describe("tensors that the function closes over", () => {
  it("must not be disposed of before the first call", () => {
    const table = x();
    const add = jit(function add(x: tf.Tensor) {
      return tf.add(x, table);
    });
    table.dispose();
    expect(errorOf(() => add(x()))).toBeInstanceOf(UntraceableError);
    expect(messageOf(() => add(x()))).toMatchInlineSnapshot(
      `"jit(add): expected tensors with values, found one of shape [3] disposed of at test/jit/errors.test.ts:L:C: the function closes over it. Dispose of it after the first call, which keeps a copy, or pass it as an argument."`,
    );
  });
});

describe("tensors that escape", () => {
  it("say so when another compiled function uses them", () => {
    let kept: tf.Tensor | undefined;
    jit(function leak(x: tf.Tensor) {
      kept = tf.square(x);
    })(x());
    const use = jit(function use(x: tf.Tensor) {
      return tf.add(x, kept!);
    });
    expect(errorOf(() => use(x()))).toBeInstanceOf(EscapedTensorError);
    expect(messageOf(() => use(x()))).toMatch(/^jit\(leak\): .* which Square made at .*errors\.test\.ts/);
    expect(errorOf(() => jit((x: tf.Tensor) => tf.neg(x))(kept!))).toBeInstanceOf(EscapedTensorError);
  });

  it("say so when they are used", () => {
    let kept: tf.Tensor | undefined;
    const leak = jit(function leak(x: tf.Tensor) {
      kept = tf.square(x);
      return tf.sum(kept);
    });
    const before = tf.memory().numTensors;
    leak(x());
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(errorOf(() => tf.add(kept!, 1))).toBeInstanceOf(EscapedTensorError);
    expect(errorOf(() => kept!.dataSync())).toBeInstanceOf(EscapedTensorError);
    expect(messageOf(() => tf.add(kept!, 1))).toMatchInlineSnapshot(
      `"jit(leak): expected tensors to leave a traced function as its result, found one used at test/jit/errors.test.ts:L:C that escaped from it, which Square made at test/jit/errors.test.ts:L:C: it was there while the function was traced and never had values. Return the tensor, or keep it in a Variable: variable.value = tensor."`,
    );
    kept!.dispose();
    expect(tf.memory().numTensors).toBe(before + 2);
  });
});

describe("arguments", () => {
  it("must be tensors, Modules and static values", () => {
    const run = jit(function run(batch: unknown) {
      return batch;
    });
    expect(messageOf(() => run({ x: new Float32Array(2) }))).toMatchInlineSnapshot(
      `"jit(run): expected arguments of tensors, Modules and static values, found a Float32Array at argument 0.x. Pass a tensor: tf.tensor(values)."`,
    );
    expect(messageOf(() => run([new Set([tf.scalar(1)])]))).toMatchInlineSnapshot(
      `"jit(run): expected arguments of tensors, Modules and static values, found a Set that holds tensors or Modules at argument 0.0. Pass a plain object, an array or a Map, or let the class extend Pytree."`,
    );
    expect(messageOf(() => run(Object.freeze({ x: tf.scalar(1) })))).toMatchInlineSnapshot(
      `"jit(run): expected tensors in objects that can be written to, found a frozen object with the tensor "x": while the function is traced, another one stands in its place. Pass a copy: { ...object }."`,
    );
  });

  it("must not be disposed of", () => {
    const square = jit(function square(x: tf.Tensor) {
      return tf.square(x);
    });
    const gone = x();
    square(gone);
    gone.dispose();
    expect(messageOf(() => square(gone))).toMatchInlineSnapshot(
      `"jit(square): expected tensors, found a disposed one of shape [3] among the arguments. Dispose of arguments after the call."`,
    );
  });
});

describe("a call that fails", () => {
  it("leaves Variables, arguments, the backend and the number of tensors as they were", () => {
    const weight = new Param(tf.scalar(1));
    const box: { n: number; x: tf.Tensor } = { n: 1, x: tf.scalar(2) };
    const { value, version } = weight;
    const { x } = box;
    const run = jit((weight: Param, box: { n: number; x: tf.Tensor }) => {
      weight.value = tf.add(weight.value, box.x);
      box.n = 2;
      box.x = weight.value;
      throw new Error("mine");
    });
    const before = [tf.memory(), tf.getBackend()];
    expect(() => run(weight, box)).toThrow("mine");
    expect([tf.memory(), tf.getBackend()]).toEqual(before);
    expect([weight.value, weight.version]).toEqual([value, version]);
    expect(box).toEqual({ n: 1, x });
    expect(run.cacheSize()).toBe(0);
  });

  it("names the path of the layer, as without jit", () => {
    const linear = new Linear(3, 2, { rngs: new Rngs(0) });
    const run = jit((layers: Linear[], x: tf.Tensor) => layers[0]!.forward(x));
    expect(() => run([linear], tf.ones([1, 4]))).toThrow(/Linear: .*\[1, 4\]/s);
  });

  it("because it is asynchronous says so", () => {
    const run = jit(async (x: tf.Tensor) => {
      await Promise.resolve();
      return x;
    });
    expect(() => run(x())).toThrow(AsyncFunctionError);
  });

  it("because it was disposed of says so", () => {
    const run = jit((x: tf.Tensor) => tf.neg(x));
    run(x());
    run.dispose();
    expect(() => run(x())).toThrow(JitArgumentError);
  });
});
