/** @file What an Optimizer refuses, and that it changes nothing then. */
import {
  BatchStat,
  DtypeError,
  GraphStructureError,
  InvalidArgumentError,
  iterVariables,
  MissingArgumentError,
  Module,
  Param,
  PathContains,
  RngCount,
  ShapeMismatchError,
  State,
  state,
  VariableValueError,
} from "@nnx-js/nn";
import { adam, type GradientTransformation, Optimizer, sgd } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class Layer extends Module {
  readonly kernel = new Param(tf.ones([2, 3]));
  readonly bias = new Param(tf.zeros([3]));
  readonly mean = new BatchStat(tf.zeros([3]));
}

class Model extends Module {
  readonly layers = [new Layer(), "relu", new Layer()] as const;
  readonly count = new RngCount(tf.scalar(0, "int32"));
}

/** A gradient of ones for each Param, but for those that `omit` names. */
function gradientsOf(model: object, omit: readonly string[] = []): State {
  return new State(
    state(model, Param)
      .entries.filter(([path]) => !omit.includes(path.join(".")))
      .map(([path, leaf]) => [path, new Param(tf.ones(leaf.shape as number[]))]),
  );
}

/** All numbers of all Variables below a node. */
function snapshot(node: object): [string, number[]][] {
  return [...iterVariables(node)].map(([path, variable]) => [
    path.join("."),
    Array.from(variable.value.dataSync()),
  ]);
}

/** Runs an update that must fail and leave everything as it was; answers its error. */
function failure(model: object, optimizer: Optimizer, grads: State): unknown {
  const before = [snapshot(model), snapshot(optimizer), tf.memory().numTensors];
  let error: unknown;
  try {
    optimizer.update(model, grads);
  } catch (thrown) {
    error = thrown;
  }
  expect([snapshot(model), snapshot(optimizer), tf.memory().numTensors]).toEqual(before);
  expect(error).toBeInstanceOf(Error);
  return error;
}

describe("an Optimizer cannot be made", () => {
  test("with a filter that selects nothing", () => {
    const model = new Layer();
    const make = () => new Optimizer(model, sgd(1), { wrt: RngCount });
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: Optimizer: expected wrt to select the Variables to train, but it selects none of Layer, which holds Param, BatchStat. Write new Optimizer(model, tx, { wrt: Param }).]`,
    );
  });

  test("without a filter", () => {
    // @ts-expect-error the filter is required
    expect(() => new Optimizer(new Layer(), sgd(1), {})).toThrow(MissingArgumentError);
    // @ts-expect-error the options are required
    expect(() => new Optimizer(new Layer(), sgd(1))).toThrow(/wrt: Param/);
  });

  test("for Variables that are no floats", () => {
    const model = new Model();
    const make = () => new Optimizer(model, sgd(1), { wrt: true });
    expect(make).toThrow(DtypeError);
    expect(make).toThrow(/count \(int32\)/);
  });

  test("without a transformation", () => {
    // @ts-expect-error a number is no transformation
    expect(() => new Optimizer(new Layer(), 0.1, { wrt: Param })).toThrow(
      /gradient transformation, got number/,
    );
  });

  test("from a disposed parameter, which the error names", () => {
    const model = new Model();
    model.layers[2].bias.value.dispose();
    const before = tf.memory().numTensors;
    const make = () => new Optimizer(model, adam(1), { wrt: Param });
    expect(make).toThrow(VariableValueError);
    expect(make).toThrow(/layers\.2\.bias \(Param\)/);
    expect(tf.memory().numTensors).toBe(before);
  });
});

function modelAndOptimizer(): [Model, Optimizer<Model>] {
  const model = new Model();
  return [model, new Optimizer(model, adam(0.1), { wrt: Param })];
}

describe("a failed update changes nothing and says", () => {
  test("every path that has no gradient", () => {
    const [model, optimizer] = modelAndOptimizer();
    const error = failure(model, optimizer, gradientsOf(model, ["layers.0.bias", "layers.2.kernel"]));
    expect(error).toBeInstanceOf(GraphStructureError);
    expect(String(error)).toMatchInlineSnapshot(
      `"GraphStructureError: Optimizer.update: expected a gradient for each of the 4 trained Variables, got none for layers.0.bias, layers.2.kernel. Differentiate with respect to what the optimizer trains: give grad and Optimizer the same filter."`,
    );
  });

  test("both shapes where a gradient does not fit", () => {
    const [model, optimizer] = modelAndOptimizer();
    const grads = new State([
      ...gradientsOf(model, ["layers.0.bias"]),
      [["layers", 0, "bias"], new Param(tf.ones([1]))],
    ]);
    const error = failure(model, optimizer, grads);
    expect(error).toBeInstanceOf(ShapeMismatchError);
    expect(String(error)).toMatchInlineSnapshot(
      `"ShapeMismatchError: Optimizer.update: expected each gradient to have the shape of its parameter: layers.0.bias: expected [3], got [1]. Pass what grad(lossFn)(model) gives for this model."`,
    );
  });

  test("which parameters the model has gained and lost", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, adam(0.1), { wrt: Param });
    const other = Object.assign(new Layer(), { kernel: undefined, scale: new Param(tf.ones([3])) });
    const error = failure(other, optimizer, gradientsOf(other));
    expect(error).toBeInstanceOf(GraphStructureError);
    expect(String(error)).toMatchInlineSnapshot(
      `"GraphStructureError: Optimizer.update: expected the 2 trained Variables that the optimizer was made for, got a model with 2. Missing: kernel. New: scale. Pass that model or a view of it, or make a new Optimizer for this one."`,
    );
  });

  test("which parameter has another shape than before", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, adam(0.1), { wrt: Param });
    model.bias.value = tf.zeros([1, 3]);
    const error = failure(model, optimizer, gradientsOf(model));
    expect(error).toBeInstanceOf(ShapeMismatchError);
    expect(String(error)).toMatch(/bias: expected \[3\], got \[1, 3\]/);
  });

  test("which gradient is disposed of", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, adam(0.1), { wrt: Param });
    const grads = gradientsOf(model);
    (grads.get("bias") as Param).value.dispose();
    const error = failure(model, optimizer, grads);
    expect(error).toBeInstanceOf(VariableValueError);
    expect(String(error)).toMatch(/the gradient of bias \(Param\)/);
  });

  test("which plain gradient tensor is disposed of", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, adam(0.1), { wrt: PathContains("bias") });
    const gradient = tf.ones([3]);
    gradient.dispose();
    expect(String(failure(model, optimizer, new State([[["bias"], gradient]])))).toMatch(
      /the gradient of bias is a disposed/,
    );
  });

  test("which parameter or state is disposed of", () => {
    const model = new Model();
    const optimizer = new Optimizer(model, adam(0.1), { wrt: Param });
    const grads = gradientsOf(model);
    model.layers[2].bias.value.dispose();
    expect(() => optimizer.update(model, grads)).toThrow(/^layers\.2\.bias \(Param\): /);

    const layer = new Layer();
    const broken = new Optimizer(layer, sgd(1, { momentum: 0.9 }), { wrt: Param });
    for (const [path, variable] of iterVariables(broken)) if (path.includes("bias")) variable.dispose();
    expect(() => broken.update(layer, gradientsOf(layer))).toThrow(/optState\.0\.trace\.bias \(OptState\)/);
  });

  test("that gradients must be a State", () => {
    const [model, optimizer] = modelAndOptimizer();
    const error = failure(model, optimizer, { kernel: 1 } as unknown as State);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(String(error)).toMatch(/gradients as a State, got a Object/);
    expect(String(failure(model, optimizer, undefined as unknown as State))).toMatch(/got undefined/);
  });

  test("what the transformation says, after undoing its writes", () => {
    const model = new Layer();
    const broken: GradientTransformation = {
      init: (params) => ({ kept: params }),
      update: (updates) => [updates, {}],
    };
    const optimizer = new Optimizer(model, broken, { wrt: Param });
    expect(failure(model, optimizer, gradientsOf(model))).toBeInstanceOf(GraphStructureError);
  });
});
