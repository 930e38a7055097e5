import { inspect } from "node:util";
import {
  BatchStat,
  evalShape,
  InvalidArgumentError,
  isVariable,
  LoRAParam,
  Param,
  Rngs,
  RngState,
  Sequential,
  Linear,
  Module,
  state,
  Variable,
  VariableValueError,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test, vi } from "vitest";

describe("ownership", () => {
  test("a new value takes the place of the old one, which is disposed of", async () => {
    const first = tf.tensor1d([1]);
    const second = tf.tensor1d([2]);
    const variable = new Param(first);
    variable.value = second;
    expect(first.isDisposed).toBe(true);
    expect(variable.value).toBe(second);
    await expectNoLeak(() => {
      variable.value = tf.tensor1d([3]);
    });
  });

  test("a value survives the tf.tidy in which it was set", async () => {
    const variable = new Param(tf.zeros([2]));
    tf.tidy(() => {
      variable.value = tf.add(variable.value, 1);
    });
    await expect(variable.value).toBeAllClose([1, 1]);
    tf.tidy(() => {
      const made = new Param(tf.ones([2]));
      variable.value = made.value;
      made.dispose();
    });
    await expect(variable.value).toBeAllClose([1, 1]);
  });

  test("a tensor that another Variable owns is cloned, so that each can dispose of its own", async () => {
    const a = new Param(tf.tensor1d([5]));
    const b = new Param(a.value);
    const c = new Param(tf.tensor1d([6]));
    c.value = a.value;
    expect(b.value).not.toBe(a.value);
    expect(c.value).not.toBe(a.value);
    a.value = tf.tensor1d([7]);
    await expect(b.value).toBeAllClose([5]);
    await expect(c.value).toBeAllClose([5]);
  });

  test("setting a Variable to its own value changes nothing", async () => {
    const variable = new Param(tf.tensor1d([1]));
    const { value, version } = variable;
    variable.value = value;
    expect(variable.value).toBe(value);
    expect(variable.version).toBe(version);
    await expect(variable.value).toBeAllClose([1]);
  });

  test("shape and dtype may change with the value, as in Flax", () => {
    const variable = new Variable(tf.zeros([2]));
    variable.value = tf.zeros([3, 4], "int32");
    expect(variable.shape).toEqual([3, 4]);
    expect(variable.dtype).toBe("int32");
    expect(variable.size).toBe(12);
  });

  test("the version grows with each write", () => {
    const variable = new Param(tf.zeros([1]));
    const before = variable.version;
    variable.value = tf.ones([1]);
    expect(variable.version).toBeGreaterThan(before);
  });

  test("dispose frees the tensor, and a second time does nothing", () => {
    const { numTensors } = tf.memory();
    const variable = new Param(tf.zeros([4]));
    variable.dispose();
    variable.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test("values can be read and written while a gradient is taken", async () => {
    const seen = new BatchStat(tf.zeros([]));
    const gradient = tf.grad((x) => {
      const y = tf.square(x);
      seen.value = y.clone();
      seen.value = tf.mul(seen.value, 2);
      return tf.mul(y, 3);
    });
    await expect(gradient(tf.scalar(2))).toBeAllClose([12]);
    await expect(seen.value).toBeAllClose([8]);
  });
});

describe("values that are no live tensors", () => {
  test("a disposed tensor is refused and the old value stays", async () => {
    const gone = tf.zeros([2, 3]);
    gone.dispose();
    expect(() => new Param(gone)).toThrow(VariableValueError);
    const variable: Param = new Param(tf.tensor1d([1]));
    expect(() => {
      variable.value = gone;
    }).toThrow(/Param: The new value is a disposed tensor of shape \[2, 3\].*clone\(\)/);
    await expect(variable.value).toBeAllClose([1]);
  });

  test("a tensor that was disposed of from outside is an error that names the path in the model", () => {
    const rngs = new Rngs(0);
    const model = new Sequential(new Linear(2, 3, { rngs }), new Linear(3, 1, { rngs }));
    model.layers[1].kernel.value.dispose();
    expect(() => model.forward(tf.ones([1, 2]))).toThrow(
      /^layers\.1\.kernel \(Param\): The value is a disposed tensor of shape \[3, 1\]/,
    );
  });

  test.each<[string, () => unknown]>([
    ["a number", () => 3],
    ["null", () => null],
    ["undefined", () => undefined],
    ["an array", () => [1, 2]],
    ["a Variable", () => new Param(tf.zeros([1]))],
  ])("%s is refused, in the constructor and as a new value", async (_, make) => {
    const value = make();
    expect(() => new Param(value as tf.Tensor)).toThrow(InvalidArgumentError);
    expect(() => new Param(value as tf.Tensor)).toThrow(/Param: expected a tf\.Tensor, got/);
    const variable = new Param(tf.tensor1d([1]));
    expect(() => {
      variable.value = value as tf.Tensor1D;
    }).toThrow(InvalidArgumentError);
    await expect(variable.value).toBeAllClose([1]);
  });

  test("reading an abstract Variable is an error that names its path, and a write makes it concrete", async () => {
    const model = evalShape(() => new Sequential(new Linear(2, 3, { rngs: new Rngs(0) })));
    const { kernel } = model.layers[0];
    expect(kernel.isAbstract).toBe(true);
    expect(kernel.shape).toEqual([2, 3]);
    expect(() => kernel.value).toThrow(VariableValueError);
    expect(() => model.forward(tf.ones([1, 2]))).toThrow(
      /^layers\.0\.kernel \(Param\): The value is abstract, float32\[2, 3\].*evalShape/,
    );
    kernel.value = tf.ones([2, 3]);
    expect(kernel.isAbstract).toBe(false);
    await expect(kernel.value).toBeAllClose([1, 1, 1, 1, 1, 1]);
  });
});

describe("metadata and classes", () => {
  test("metadata is kept, and tag is read from it", () => {
    const variable = new Param(tf.zeros([1]), { tag: "encoder", note: 7 });
    expect(variable.metadata).toEqual({ tag: "encoder", note: 7 });
    expect(variable.tag).toBe("encoder");
    expect(new Param(tf.zeros([1])).tag).toBeUndefined();
  });

  test("subclasses are Variables of their own kind", () => {
    class Counter extends Variable<tf.Scalar> {}
    class Model extends Module {
      counter = new Counter(tf.scalar(0));
      weight = new Param(tf.zeros([1]));
    }
    const model = new Model();
    expect(isVariable(model.counter)).toBe(true);
    expect([...state(model, Counter)].map(([path]) => path)).toEqual([["counter"]]);
    expect(new LoRAParam(tf.zeros([1]))).toBeInstanceOf(Param);
    expect(new Rngs(0).stream().key).toBeInstanceOf(RngState);
  });

  test("toString and util.inspect show class, dtype and shape, and read no value", () => {
    const variable = new BatchStat(tf.zeros([2, 4]));
    const reads = [
      vi.spyOn(variable.value, "dataSync"),
      vi.spyOn(variable.value, "data"),
      vi.spyOn(tf.engine(), "readSync"),
    ];
    expect(String(variable)).toBe("BatchStat(float32[2, 4])");
    expect(inspect({ variable })).toContain("BatchStat(float32[2, 4])");
    for (const read of reads) expect(read).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});
