/** @file Running code on shapes alone. */
import {
  abstractTensor,
  AbstractValueError,
  AsyncFunctionError,
  DataDependentShapeError,
  full,
  isAbstract,
  MissingShapeRuleError,
  NotAbstractError,
  random,
  registerShapeRule,
  runAbstract,
  shapeRuleOf,
} from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";

const HUGE = [20_000, 20_000];

const runMyKernel = () => runAbstract(() => tf.engine().runKernel("MyKernel", { x: abstractTensor([2, 3]) }));
const runHalving = () =>
  runAbstract(() => tf.engine().runKernel<tf.Tensor>("MyHalving", { x: abstractTensor([6]) }));
const runUnique = () => runAbstract(() => tf.unique(abstractTensor([4])));
const runLate = () => runAbstract(async () => Promise.reject(new Error("late")));

describe("runAbstract", () => {
  it("infers shapes and dtypes without computing", () => {
    const found = runAbstract(() => {
      const x = abstractTensor([8, 3]);
      const y = tf.relu(tf.add(tf.matMul(x, abstractTensor([3, 5])), abstractTensor([5])));
      return { shape: y.shape, dtype: y.dtype, mean: tf.mean(y, 0).shape, index: tf.argMax(y, 1).dtype };
    });
    expect(found).toEqual({ shape: [8, 5], dtype: "float32", mean: [5], index: "int32" });
  });

  it("works on tensors far too large to exist, without memory", () => {
    const before = process.memoryUsage().rss;
    const shape = runAbstract(() => {
      const w = full(HUGE, 1);
      const b = tf.zerosLike(w);
      return tf.matMul(tf.concat([w, b], 1), tf.transpose(tf.concat([w, b], 1))).shape;
    });
    expect(shape).toEqual(HUGE);
    expect(process.memoryUsage().rss - before).toBeLessThan(800e6);
  });

  it("leaves TensorFlow.js's memory as it was", () => {
    const real = tf.ones([2, 2]);
    const before = tf.memory();
    runAbstract(() => {
      const x = tf.tensor2d([
        [1, 2],
        [3, 4],
      ]);
      tf.tidy(() => tf.square(x));
      return tf.matMul(x, real);
    });
    const after = tf.memory();
    expect([after.numTensors, after.numBytes, after.numDataBuffers]).toEqual([
      before.numTensors,
      before.numBytes,
      before.numDataBuffers,
    ]);
    real.dispose();
  });

  it("leaves real tensors on their backend, with their values, and reads none", async () => {
    const real = tf.tensor1d([1, 2, 3]);
    const readSync = vi.spyOn(tf.backend(), "readSync");
    const read = vi.spyOn(tf.backend(), "read");
    runAbstract(() => tf.add(real, tf.scalar(1)));
    expect(readSync).not.toHaveBeenCalled();
    expect(read).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(isAbstract(real)).toBe(false);
    await expect(real).toBeAllClose([1, 2, 3]);
    real.dispose();
  });

  it("disposes of real tensors that the function disposes of", () => {
    const before = tf.memory().numTensors;
    const real = tf.ones([3]);
    runAbstract(() => real.dispose());
    expect(tf.memory().numTensors).toBe(before);
  });

  it("returns to the backend that was active, the same instance, without setting its kernels up again", () => {
    const setupFunc = vi.fn<() => void>();
    tf.registerKernel({ kernelName: "Probe", backendName: "cpu", setupFunc, kernelFunc: () => [] });
    const backend = tf.backend();
    runAbstract(() => tf.ones([1]));
    tf.unregisterKernel("Probe", "cpu");
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.backend()).toBe(backend);
    expect(setupFunc).not.toHaveBeenCalled();
  });

  it("returns to the backend after an exception, which passes through, and leaves no tensor", () => {
    const before = tf.memory().numTensors;
    expect(() =>
      runAbstract(() => {
        tf.ones([3]);
        tf.tidy(() => {
          throw new RangeError("mine");
        });
      }),
    ).toThrow(new RangeError("mine"));
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.memory().numTensors).toBe(before);
  });

  it("nests", () => {
    const shape = runAbstract(() => {
      const [rows = 0] = runAbstract(() => tf.transpose(abstractTensor([2, 7])).shape);
      return tf.add(abstractTensor([rows, 1]), abstractTensor([1, 4])).shape;
    });
    expect(shape).toEqual([7, 4]);
    expect(tf.getBackend()).toBe("cpu");
  });

  it("is never chosen as a backend", () => {
    runAbstract(() => tf.ones([1]));
    expect(tf.engine().backendNames()).not.toContain("nnx-abstract");
  });

  it("runs gradients", () => {
    const shapes = runAbstract(() => {
      const { value, grad } = tf.valueAndGrad((w) =>
        tf.mean(tf.square(tf.matMul(abstractTensor([4, 3]), w))),
      )(abstractTensor([3, 2]));
      return [value.shape, grad.shape];
    });
    expect(shapes).toEqual([[], [3, 2]]);
  });

  it("is no part of a gradient around it", async () => {
    const before = tf.memory().numTensors;
    const x = tf.tensor1d([1, 2]);
    const gradient = tf.grad((v: tf.Tensor) => {
      const scale = runAbstract(() => {
        tf.grad((w: tf.Tensor) => tf.sum(tf.mul(w, w)))(v);
        return tf.mul(v, v).size;
      });
      return tf.sum(tf.mul(tf.mul(v, v), scale));
    })(x);
    await expect(gradient).toBeAllClose([4, 8]);
    tf.dispose([x, gradient]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("runs in debug mode and inside a profile, where TensorFlow.js reads each output", async () => {
    const flags = tf.env().getFlags();
    flags["DEBUG"] = true;
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    try {
      runAbstract(() => tf.square(tf.ones([2])));
      expect(tf.env().getBool("DEBUG")).toBe(true);
      flags["DEBUG"] = false;
      await tf.profile(() => {
        runAbstract(() => tf.square(tf.ones([2])));
        return tf.scalar(1);
      });
      await new Promise((resolve) => setTimeout(resolve, 10));
    } finally {
      flags["DEBUG"] = false;
      process.off("unhandledRejection", unhandled);
    }
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("makes tf.Variables", () => {
    const real = tf.ones([2]);
    const { numTensors } = tf.memory();
    runAbstract(() => {
      const ours = tf.variable(tf.zeros([2, 3]));
      const theirs = tf.variable(real);
      expect(ours.assign(tf.ones([2, 3]))).toBeUndefined();
      expect([ours.shape, theirs.shape]).toEqual([[2, 3], [2]]);
      tf.dispose([ours, theirs]);
    });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect([...real.dataSync()]).toEqual([1, 1]);
    real.dispose();
  });

  it("runs this package's random kernels", () => {
    const [normal, mask, keys] = runAbstract(() => {
      const key = random.foldIn(random.key(0), 1);
      return [random.normal(key, HUGE), random.bernoulli(key, 0.5, [3]), random.split(key, 4)];
    });
    expect(normal).toMatchObject({ shape: HUGE, dtype: "float32" });
    expect(mask).toMatchObject({ shape: [3], dtype: "bool" });
    expect(keys).toMatchObject({ shape: [4, 2], dtype: "int32" });
  });
});

describe("what cannot be known from shapes", () => {
  it("refuses to read values", async () => {
    expect(() => runAbstract(() => tf.ones([2]).dataSync())).toThrow(AbstractValueError);
    expect(() => runAbstract(() => abstractTensor([2]).arraySync())).toThrow(AbstractValueError);
    const kept = runAbstract(() => tf.keep(tf.ones([2])));
    await expect(kept.data()).rejects.toThrow(AbstractValueError);
    expect(isAbstract(kept)).toBe(true);
    kept.dispose();
  });

  it("says what to do instead of reading", () => {
    expect(() => runAbstract(() => tf.ones([2]).dataSync())).toThrowErrorMatchingInlineSnapshot(
      `[AbstractValueError: expected code that needs no tensor values, found a read (data, dataSync, array, arraySync, print, …) of an abstract tensor: only shapes and dtypes are known inside evalShape and runAbstract. Compute with tensor operations instead (tf.where(condition, a, b) for a branch on a value), or read the value outside.]`,
    );
  });

  it("names a kernel without a rule", () => {
    expect(runMyKernel).toThrow(MissingShapeRuleError);
    expect(runMyKernel).toThrowErrorMatchingInlineSnapshot(
      `[MissingShapeRuleError: expected a shape rule for each kernel that runs inside evalShape or runAbstract, found none for "MyKernel". Give one: registerShapeRule("MyKernel", ({ x }) => ({ shape: x.shape, dtype: x.dtype }))]`,
    );
  });

  it("takes a rule for a kernel of one's own", () => {
    registerShapeRule("MyHalving", ({ x }) => ({ shape: [(x.shape[0] ?? 0) / 2], dtype: "int32" }));
    expect(runHalving()).toMatchObject({ shape: [3], dtype: "int32" });
    registerShapeRule("MyHalving", () => [
      { shape: [1], dtype: "int32" },
      { shape: [2], dtype: "bool" },
    ]);
    expect(runHalving()).toMatchObject([{ shape: [1] }, { shape: [2], dtype: "bool" }]);
    expect(shapeRuleOf("MyHalving")).toBeDefined();
    tf.unregisterKernel("MyHalving", "nnx-abstract");
    expect(shapeRuleOf("Nobody's")).toBeUndefined();
  });

  it("refuses kernels whose output shape depends on values", () => {
    expect(runUnique).toThrow(DataDependentShapeError);
    expect(runUnique).toThrowErrorMatchingInlineSnapshot(
      `[DataDependentShapeError: expected kernels whose output shape follows from their input shapes, found "Unique", whose output shape depends on values. Leave it out of the function that evalShape or runAbstract runs.]`,
    );
  });

  it("refuses asynchronous functions", () => {
    expect(runLate).toThrow(AsyncFunctionError);
    expect(runLate).toThrowErrorMatchingInlineSnapshot(
      `[AsyncFunctionError: runAbstract: expected a synchronous function, found one that returns a promise. Await first, then call runAbstract(() => …) with what you got.]`,
    );
    expect(tf.getBackend()).toBe("cpu");
  });

  it("refuses abstractTensor outside", () => {
    expect(() => abstractTensor([1])).toThrow(NotAbstractError);
    expect(() => abstractTensor([1])).toThrowErrorMatchingInlineSnapshot(
      `[NotAbstractError: expected a call inside runAbstract, found abstractTensor() outside of it. Write runAbstract(() => { const x = abstractTensor([2, 3]); … }).]`,
    );
  });
});
