import {
  BatchNorm,
  clone,
  Dropout,
  evalShape,
  grad,
  isVariable,
  Linear,
  Module,
  Param,
  relu,
  Rngs,
  Sequential,
  ShapeMismatchError,
  state,
  type State,
  update,
  VariableValueError,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, test } from "vitest";

class Mlp extends Module {
  readonly lin1: Linear;
  readonly bn: BatchNorm;
  readonly dropout: Dropout;
  readonly lin2: Linear;
  constructor(features: number, hidden: number, rngs: Rngs) {
    super();
    this.lin1 = new Linear(features, hidden, { rngs });
    this.bn = new BatchNorm(hidden, { rngs });
    this.dropout = new Dropout(0.5, { rngs });
    this.lin2 = new Linear(hidden, 1, { rngs });
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.lin2.forward(relu(this.dropout.forward(this.bn.forward(this.lin1.forward(x)))));
  }
}

let before: tf.MemoryInfo;
let backend: string;
beforeEach(() => {
  backend = tf.getBackend();
  before = tf.memory();
});
function expectNoMemory(): void {
  const { numTensors, numBytes, numDataBuffers } = tf.memory();
  expect({ backend: tf.getBackend(), numTensors, numBytes, numDataBuffers }).toEqual({
    backend,
    numTensors: before.numTensors,
    numBytes: before.numBytes,
    numDataBuffers: before.numDataBuffers,
  });
}

describe("a model made on shapes alone", () => {
  test("has Variables that know shape and dtype, and takes no memory", () => {
    const model = evalShape(() => new Mlp(3, 5, new Rngs(0)));
    expect(
      [...state(model)].map(([path, leaf]) => `${path.join(".")}: ${leaf.dtype}[${leaf.shape.join()}]`),
    ).toEqual([
      "bn.bias: float32[5]",
      "bn.mean: float32[5]",
      "bn.scale: float32[5]",
      "bn.var: float32[5]",
      "dropout.rngs.count: int32[]",
      "dropout.rngs.key: int32[2]",
      "lin1.bias: float32[5]",
      "lin1.kernel: float32[3,5]",
      "lin2.bias: float32[1]",
      "lin2.kernel: float32[5,1]",
    ]);
    expect([...state(model)].every(([, leaf]) => isVariable(leaf) && leaf.isAbstract)).toBe(true);
    expectNoMemory();
  });

  test("of 100 million parameters is there at once", () => {
    const start = performance.now();
    const model = evalShape(() => new Mlp(10_000, 10_000, new Rngs(0)));
    // A bound against real arithmetic, which would take minutes; it is done in milliseconds.
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(model.lin1.kernel.size).toBe(100_000_000);
    expectNoMemory();
  });

  test("cannot be read or run, and the error names the path", () => {
    const model = evalShape(() => new Sequential(new Mlp(3, 5, new Rngs(0))));
    expect(() => model.forward(tf.ones([2, 3]))).toThrow(VariableValueError);
    expect(() => model.forward(tf.ones([2, 3]))).toThrow(
      /^layers\.0\.lin1\.kernel \(Param\): The value is abstract/,
    );
  });

  test("gets its values by update, all or some", async () => {
    const model = evalShape(() => new Mlp(3, 5, new Rngs(0)));
    const real = new Mlp(3, 5, new Rngs(7));
    update(model, state(real, Param));
    expect([model.lin1.kernel.isAbstract, model.bn.mean.isAbstract]).toEqual([false, true]);
    update(model, state(real));
    const x = tf.ones([2, 3]);
    model.dropout.deterministic = real.dropout.deterministic = true;
    await expect(model.forward(x)).toBeAllClose(real.forward(x));
  });

  test("can be cloned, and stays abstract", () => {
    const copy = clone(evalShape(() => new Mlp(3, 5, new Rngs(0))));
    expect(copy.lin1.kernel.isAbstract).toBe(true);
    expect(copy.lin1.kernel.shape).toEqual([3, 5]);
    expectNoMemory();
  });

  test("has plain tensors as shape and dtype", () => {
    class WithTable extends Module {
      readonly table: unknown = tf.zeros([2, 3], "int32");
      readonly more: unknown[] = [tf.zeros([4]), new Param(tf.zeros([1]))];
    }
    const model = evalShape(() => new WithTable());
    expect(model.table).toEqual({ shape: [2, 3], dtype: "int32" });
    expect(model.more[0]).toEqual({ shape: [4], dtype: "float32" });
    expectNoMemory();
  });
});

describe("a function run on shapes alone", () => {
  test("gives shapes and dtypes for tensors, at any depth of arrays, Maps and objects", () => {
    const x = tf.ones([8, 3]);
    before = tf.memory();
    const shapes = evalShape(
      (t) => ({ all: [t, tf.sum(t)], map: new Map([["a", tf.argMax(t, 1)]]), text: "t" }),
      x,
    );
    expect(shapes).toEqual({
      all: [
        { shape: [8, 3], dtype: "float32" },
        { shape: [], dtype: "float32" },
      ],
      map: new Map([["a", { shape: [8], dtype: "int32" }]]),
      text: "t",
    });
    expect(x.isDisposed).toBe(false);
    expectNoMemory();
  });

  test("leaves the arrays that it is given alone", () => {
    const xs = [tf.ones([2]), tf.ones([3])];
    expect(evalShape((list: tf.Tensor[]) => list, xs)).toEqual([
      { shape: [2], dtype: "float32" },
      { shape: [3], dtype: "float32" },
    ]);
    expect(xs[0]).toBeInstanceOf(tf.Tensor);
  });

  test("runs forward passes, training ones too, of abstract and real models, and writes neither", async () => {
    const [real, abstract] = [new Mlp(3, 5, new Rngs(0)), evalShape(() => new Mlp(3, 5, new Rngs(0)))];
    const x = tf.ones([4, 3]);
    before = tf.memory();
    for (const model of [real, abstract]) {
      expect(evalShape((net: Mlp) => net.forward(x), model)).toEqual({ shape: [4, 1], dtype: "float32" });
    }
    expectNoMemory();
    await expect(real.bn.mean.value).toBeAllClose([0, 0, 0, 0, 0]);
    expect([...(await real.dropout.rngs!.count.value.data())]).toEqual([0]);
    expect(abstract.bn.mean.isAbstract).toBe(true);
  });

  test("takes gradients, whose State has shapes", () => {
    const model = new Mlp(3, 5, new Rngs(0));
    before = tf.memory();
    const grads: State = evalShape(() => grad((net: Mlp) => tf.sum(net.forward(tf.ones([4, 3]))))(model));
    const kernel = grads.get("lin1", "kernel");
    expect(isVariable(kernel) && [kernel.shape, kernel.isAbstract]).toEqual([[3, 5], true]);
    expectNoMemory();
  });

  test("does not advance random streams that it captures", async () => {
    const rngs = new Rngs(0);
    const { count } = rngs.stream();
    evalShape(() => new Mlp(3, 5, rngs));
    expect([...(await count.value.data())]).toEqual([0]);
    const drawn = rngs.normal([3]);
    await expect(drawn).toBeAllClose(new Rngs(0).normal([3]), { rtol: 0, atol: 0 });
  });

  test("sees its own writes to what it captures", () => {
    const captured: Param = new Param(tf.ones([2]));
    before = tf.memory();
    const shape = evalShape(() => {
      captured.value = tf.ones([2, 7]);
      return captured.value;
    });
    expect(shape).toEqual({ shape: [2, 7], dtype: "float32" });
    expect(captured.shape).toEqual([2]);
    expectNoMemory();
  });

  test("leaves modules that it captures as they are, plain tensors in them too", async () => {
    class Table extends Module {
      readonly table = tf.tensor1d([1, 2]);
      readonly list = [tf.scalar(3)];
      readonly weight = new Param(tf.tensor1d([4]));
    }
    class Wrapper extends Module {
      readonly scale = new Param(tf.ones([2]));
      inner: Table | undefined;
    }
    const table = new Table();
    before = tf.memory();
    const wrapper = evalShape(() => {
      const made = new Wrapper();
      made.inner = table;
      return made;
    });
    expectNoMemory();
    expect(wrapper.inner).toBe(table);
    expect(wrapper.scale.isAbstract).toBe(true);
    await expect(table.table).toBeAllClose([1, 2]);
    await expect(table.list[0]!).toBeAllClose([3]);
    await expect(table.weight.value).toBeAllClose([4]);
  });

  test("does not take tensors from outside that its Variables are made of", async () => {
    const values = tf.tensor1d([1, 2]);
    const param = evalShape(() => {
      const made: Param = new Param(values);
      made.value = values;
      return made;
    });
    expect(param.isAbstract).toBe(true);
    await expect(values).toBeAllClose([1, 2]);
    tf.dispose(values);
    expect(values.isDisposed).toBe(true);
  });

  test("may run another one inside", () => {
    const result = evalShape(() => {
      const inner = evalShape(() => new Linear(3, 4, { rngs: new Rngs(0) }));
      return inner.forward(tf.ones([2, 3]));
    });
    expect(result).toEqual({ shape: [2, 4], dtype: "float32" });
    expectNoMemory();
  });

  test("that throws leaves backend, memory and captured Variables as they were, with the path in the error", () => {
    const model = new Sequential(new Mlp(3, 5, new Rngs(0)));
    const x = tf.ones([2, 4]);
    before = tf.memory();
    const run = () => evalShape((net: typeof model) => net.forward(x), model);
    expect(run).toThrow(ShapeMismatchError);
    expect(run).toThrow(/^layers\.0\.lin1 \(Linear\): expected last axis 3 \(inFeatures\)/);
    expect(() =>
      evalShape(() => {
        model.layers[0].lin1.kernel.value = tf.zeros([1]);
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expectNoMemory();
    expect(model.layers[0].lin1.kernel.shape).toEqual([3, 5]);
    expect(model.forward(tf.ones([2, 3])).shape).toEqual([2, 1]);
  });

  test("that reads a value, or is asynchronous, is an error", () => {
    expect(() => evalShape(() => tf.ones([2]).dataSync())).toThrow(/only shapes and dtypes are known/);
    expect(() => evalShape(async () => Promise.resolve(1))).toThrow(/expected a synchronous function/);
  });
});
