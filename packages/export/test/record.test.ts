/** @file What is recorded of a function: names of all that goes in and out, and nothing left behind. */
import { BatchNorm, Dropout, Linear, List, Module, Param, Rngs, valueAndGrad, Variable } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { record, type RecordOptions } from "../src/record/record.ts";

class Net extends Module {
  static override readonly name: string = "Net";
  readonly layers: List<Linear>;
  readonly norm: BatchNorm;
  readonly dropout: Dropout;
  readonly scale = tf.scalar(2);
  constructor(rngs: Rngs) {
    super();
    this.layers = new List([new Linear(3, 4, { rngs }), new Linear(4, 2, { rngs })]);
    this.norm = new BatchNorm(4, { rngs });
    this.dropout = new Dropout(0.5, { rngs });
  }
  forward(x: tf.Tensor): tf.Tensor {
    const hidden = this.dropout.forward(this.norm.forward(this.layers.at(0)!.forward(x)));
    return tf.mul(this.layers.at(1)!.forward(hidden), this.scale);
  }
}

function summary<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  options?: RecordOptions,
) {
  const recorded = record(fn, args, options);
  const { parameters, results, writes } = recorded;
  recorded.dispose();
  return {
    parameters: parameters.map(({ name, role }) => `${role} ${name}`),
    results: results.map(({ name }) => name),
    writes: writes.map(
      ({ name, nextOf }) => `${name} -> ${nextOf === undefined ? "-" : parameters[nextOf]!.name}`,
    ),
  };
}

test("inputs are named by the argument tree, state by the paths of Modules, results by theirs", () => {
  const model = new Net(new Rngs(0));
  const train = (model: Net, { x }: { x: tf.Tensor }, y: tf.Tensor) => {
    const out = model.forward(x);
    return { logits: out, parts: [tf.sub(out, y)] };
  };
  const x = { shape: [5, 3], dtype: "float32" } as unknown as tf.Tensor;
  const y = tf.zeros([5, 2]);
  const found = summary(train, [model, { x }, y]);
  expect(found.parameters).toEqual([
    "state model.scale",
    "input arg1.x",
    "input y",
    "state model.layers.0.kernel",
    "state model.layers.0.bias",
    "state model.norm.scale",
    "state model.norm.bias",
    "state model.norm.mean",
    "state model.norm.var",
    "state model.dropout.rngs.key",
    "state model.dropout.rngs.count",
    "state model.layers.1.kernel",
    "state model.layers.1.bias",
  ]);
  expect(found.results).toEqual(["logits", "parts.0"]);
  expect(found.writes).toContain("model.norm.mean -> model.norm.mean");
});

test("a training step gives the next value of each Variable, those of the optimiser too", () => {
  const model = new Linear(3, 2, { rngs: new Rngs(0) });
  const optimizer = new Optimizer(model, adam(0.1), { wrt: Param });
  const step = (model: Linear, optimizer: Optimizer<Linear>, x: tf.Tensor) => {
    const [loss, grads] = valueAndGrad((model: Linear) => tf.mean(tf.square(model.forward(x))))(model);
    optimizer.update(model, grads);
    return loss;
  };
  const { parameters, writes, results } = summary(step, [model, optimizer, tf.zeros([4, 3])]);
  expect(results).toEqual(["output"]);
  expect(parameters.filter((name) => name.startsWith("input"))).toEqual(["input x"]);
  const state = parameters.filter((name) => name.startsWith("state")).map((name) => name.slice(6));
  expect(new Set(writes.map((write) => write.split(" -> ")[1]))).toEqual(new Set(state));
  expect(state).toContain("model.kernel");
  expect(state.filter((name) => name.startsWith("optimizer.")).length).toBeGreaterThan(4);
});

test("what a function closes over has names where they are given", () => {
  const model = new Linear(3, 2, { rngs: new Rngs(0) });
  const shift = tf.ones([2]);
  const fn = (x: tf.Tensor) => tf.add(model.forward(x), shift);
  expect(summary(fn, [tf.zeros([1, 3])], { closure: { model } }).parameters).toEqual([
    "input x",
    "state model.kernel",
    "state model.bias",
    "constant constant",
  ]);
  expect(summary(fn, [tf.zeros([1, 3])]).parameters).toEqual([
    "input x",
    "state closure.Param",
    "state closure.Param_1",
    "constant constant",
  ]);
  expect(summary(fn, [tf.zeros([1, 3])], { argumentNames: ["images"] }).parameters[0]).toBe("input images");
});

test("names of parameters with default values, and of those that are taken apart", () => {
  const fn = (x: tf.Tensor, { y }: { y: tf.Tensor }, by = tf.scalar((1 + 2) * 2), ...rest: tf.Tensor[]) =>
    tf.addN([x, y, by, ...rest]);
  const zero = () => tf.scalar(0);
  expect(summary(fn, [zero(), { y: zero() }, zero(), zero()]).parameters).toEqual([
    "input x",
    "input arg1.y",
    "input by",
    "input arg3",
  ]);
});

test("a Variable that gets another shape is written, but is no next value", () => {
  const cell = new Variable(tf.zeros([2]));
  const grow = (cell: Variable) => {
    cell.value = tf.concat([cell.value, cell.value]);
  };
  expect(summary(grow, [cell]).writes).toEqual(["cell -> -"]);
  expect(cell.shape).toEqual([2]);
});

test("a tensor that is put into an argument is an error that names the place", () => {
  const box: { last?: tf.Tensor } = {};
  const fn = (box: { last?: tf.Tensor }, x: tf.Tensor) => {
    box.last = tf.neg(x);
  };
  expect(() => record(fn, [box, tf.scalar(1)])).toThrow(/puts one into argument 0\.last/);
});

test("nothing is left of a recording, nor of one that failed", async () => {
  const model = new Net(new Rngs(0));
  const x = tf.zeros([5, 3]);
  await expectNoLeak(() => record((model: Net, x: tf.Tensor) => model.forward(x), [model, x]).dispose());
  await expectNoLeak(() => {
    const spec = { shape: [5, 2], dtype: "float32" } as unknown as tf.Tensor;
    expect(() => record((model: Net, x: tf.Tensor) => model.forward(x), [model, spec])).toThrow(/5, 2/);
  });
});
