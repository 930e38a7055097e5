import {
  Accuracy,
  Average,
  BatchNorm,
  clone,
  Conv,
  Dropout,
  dotProductAttention,
  Embed,
  grad,
  graphdef,
  GroupNorm,
  initializers,
  LayerNorm,
  Linear,
  maxPool,
  merge,
  Module,
  MultiHeadAttention,
  MultiMetric,
  Param,
  Rngs,
  select,
  Sequential,
  split,
  state,
} from "@nnx-js/nn";
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

let rngs: Rngs;
beforeAll(() => {
  rngs = new Rngs(0);
});
const linear = () => new Linear(2, 3, { rngs });

/** The message of what `run` throws. */
function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  throw new Error("nothing was thrown");
}

test.each<[name: string, run: () => unknown, message: string]>([
  [
    "an array for a tensor",
    () => linear().forward([[1, 2]] as never),
    "InvalidArgumentError: Linear: expected a tensor as input, got an array. Write tf.tensor(…).",
  ],
  [
    "no input",
    () => new Sequential(new Conv(1, 2, [3], { rngs })).forward(undefined),
    "InvalidArgumentError: layers.0 (Conv): expected a tensor as input, got undefined. Write tf.tensor(…).",
  ],
  [
    "an input that was disposed of",
    () => {
      const indices = tf.tensor1d([1], "int32");
      indices.dispose();
      return new Embed(2, 3, { rngs }).forward(indices);
    },
    "InvalidArgumentError: Embed: the input is a disposed tensor of shape [1]. Dispose of it after the call, or give a " +
      "copy: x.clone().",
  ],
  [
    "an initialiser that was not made",
    () => new Linear(2, 3, { rngs, kernelInit: initializers.lecunNormal as never }),
    "InvalidArgumentError: Linear: expected the initialiser to return a tensor of shape [2, 3], got function. " +
      "Write { kernelInit: initializers.lecunNormal() }.",
  ],
  [
    "the name of an initialiser",
    () => new Linear(2, 3, { rngs, kernelInit: "lecunNormal" as never }),
    "InvalidArgumentError: Linear: expected a function for the initialiser, got string. Write initializers.lecunNormal().",
  ],
  [
    "an initialiser of another shape",
    () => new Linear(2, 3, { rngs, kernelInit: () => tf.ones([3, 2]) }),
    "ShapeMismatchError: Linear: expected the initialiser to return a tensor of shape [2, 3], got one of shape [3, 2]. " +
      "Make it of the shape that it is asked for: (key, shape) => tf.ones(shape).",
  ],
  [
    "layers in an array",
    () => new Sequential([linear()] as never),
    "InvalidArgumentError: Sequential: expected the layers one by one, got an array. Write new Sequential(...layers).",
  ],
  [
    "a number for a window",
    () => maxPool(tf.ones([1, 4, 4, 1]), 2 as never),
    "InvalidArgumentError: expected a list of positive integers for window, one for each spatial axis, got 2. Write " +
      "[2, 2] for two axes.",
  ],
  [
    "samples where there is no default stream",
    () => new Rngs({ params: 0, dropout: 1 }).normal([2]),
    'MissingArgumentError: No random stream named "default", and no default one. There are: params, dropout. Draw from ' +
      'one of these, rngs.stream("params"), or write new Rngs(0).',
  ],
  [
    "the mask of a norm of another shape",
    () => new LayerNorm(4, { rngs }).forward(tf.ones([2, 3, 4]), { mask: tf.ones([2, 3]) }),
    "ShapeMismatchError: LayerNorm: expected a mask that broadcasts to the input's shape [2, 3, 4], got one of shape " +
      "[2, 3]. Give it the axes that follow: tf.reshape(mask, [2, 3, 1]).",
  ],
  [
    "the mask of a batch norm of another shape",
    () =>
      new Sequential(new BatchNorm(4, { rngs, useRunningAverage: false })).forward(tf.ones([2, 4]), {
        mask: tf.ones([3, 4]),
      }),
    "ShapeMismatchError: layers.0 (BatchNorm): expected a mask that broadcasts to the input's shape [2, 4], got one of " +
      "shape [3, 4]. Write tf.reshape(mask, …) with the input's size, or 1, for each axis.",
  ],
  [
    "the mask of a group norm that is an array",
    () => new GroupNorm(4, { numGroups: 2, rngs }).forward(tf.ones([2, 3, 4]), { mask: [1, 0] as never }),
    "InvalidArgumentError: GroupNorm: expected a tensor for mask, got an array. Write { mask: tf.tensor(…) } of a shape " +
      "that broadcasts to [2, 3, 4].",
  ],
  [
    "images for a kernel of one size",
    () => new Conv(3, 8, 3, { rngs }).forward(tf.ones([2, 28, 28, 3])),
    "ShapeMismatchError: Conv: expected an input [batch, length, inFeatures] for the kernelSize 3, which is one spatial " +
      "axis, got one of shape [2, 28, 28, 3]. A 2-D convolution needs one size for each spatial axis: new Conv(3, 8, " +
      "[3, 3], { rngs }). For one along the last of them only, write [3].",
  ],
  [
    "a number in place of a Variable",
    () =>
      select(linear())
        .where(Param)
        .map(() => 3),
    "InvalidArgumentError: map: expected the function to return a Variable or tensor for bias (Param), got a number. " +
      "Make a tensor: tf.tensor(…); one that is computed from the Variable, such as tf.div(variable.value, 2), works as " +
      "it is.",
  ],
  [
    "an array in place of a Variable",
    () => select(linear()).where(Param).set([1, 2]),
    "InvalidArgumentError: set: expected a Variable or tensor for bias (Param), got an array. Make a tensor: " +
      "tf.tensor(…); one that is computed from the Variable, such as tf.div(variable.value, 2), works as it is.",
  ],
  [
    "a dictionary to merge",
    () => merge(graphdef(linear()), { kernel: tf.ones([2, 3]), bias: tf.zeros([3]) } as never),
    "GraphStructureError: merge: expected a State, got a plain object. Nested objects of tensors become one by " +
      "fromPureDict: merge(definition, fromPureDict(dict)).",
  ],
  [
    "the States of a merge in an array",
    () => merge(graphdef(linear()), [state(linear())] as never),
    "GraphStructureError: merge: expected a State, got an array. Give the States one by one: merge(definition, ...states).",
  ],
  [
    "a model to merge into",
    () => merge(linear() as never, state(linear())),
    "GraphStructureError: merge: expected a graph definition first, got a Linear. It is whole already; to copy it, write " +
      "clone(model).",
  ],
  [
    "a misspelt update",
    () =>
      new MultiMetric({ accuracy: new Accuracy() }).update({ logits: tf.ones([2, 3]), label: 1 } as never),
    "MissingArgumentError: accuracy (Accuracy): expected updates called logits and labels, got logits, label. Did you " +
      "mean labels? Write update({ logits: …, labels: … }).",
  ],
  [
    "an update that no metric takes",
    () => new MultiMetric({ loss: new Average("loss") }).update({ loss: 1, los: 2, steps: 3 } as never),
    "InvalidArgumentError: MultiMetric: expected updates that one of the metrics takes (loss), got los, steps too. Did " +
      "you mean loss by los? Leave it out, or add a metric of that name: new Average(name).",
  ],
  [
    "a tensor for updates",
    () => new MultiMetric({ loss: new Average("loss") }).update(tf.ones([2]) as never),
    "InvalidArgumentError: MultiMetric: expected an object of updates, got a tensor. Write update({ values }), with the " +
      "names that the metrics take.",
  ],
  [
    "a number for updates",
    () => new Average().update(3 as never),
    "MissingArgumentError: Average: expected an update called values, got 3. Write update({ values: … }), or name it " +
      "when the metric is made.",
  ],
  [
    "a model for a loss",
    () => grad(linear() as never),
    "InvalidArgumentError: valueAndGrad: expected a function, got a Linear. Write valueAndGrad((model) => " +
      "tf.mean(model.forward(x)))(model).",
  ],
  [
    "a number for the function of map",
    () =>
      select(linear())
        .where(Param)
        .map(3 as never),
    "InvalidArgumentError: map: expected a function, got 3. Write select(model).where(Linear).map((part, path) => part).",
  ],
  [
    "a class for a layer",
    () => new Sequential(Linear as never),
    "InvalidArgumentError: Sequential: layers[0] is the class Linear. Make one: new Linear(…, { rngs }).",
  ],
  [
    "a size in quotes",
    () => new Linear("2" as never, 3, { rngs }),
    'InvalidArgumentError: Linear: expected a positive integer for inFeatures, got "2".',
  ],
  [
    "no metrics",
    () => new MultiMetric(undefined as never),
    "InvalidArgumentError: MultiMetric: expected metrics by name, got undefined. Write new MultiMetric({ loss: new " +
      'Average("loss") }).',
  ],
])("%s is named, with a repair", (_name, run, message) => {
  expect(messageOf(run)).toBe(message);
});

class Hiding extends Module {
  readonly layers = new Set([linear()]);
  readonly byLayer = new Map<unknown, string>();
  forward(x: tf.Tensor): tf.Tensor {
    return [...this.layers].reduce((y, layer) => layer.forward(y), x);
  }
}

test("a Module in a Set or as a key of a Map is an error wherever it would be left out", () => {
  const expected =
    "GraphStructureError: Hiding: expected Modules, Variables and tensors in arrays, Lists, plain objects or as values " +
    "of Maps, found a Linear in the Set layers of Hiding, where nothing would train or save it. Write this.layers = [" +
    "…set].";
  const model = new Hiding();
  const x = tf.ones([1, 2]);
  const uses: (() => unknown)[] = [
    () => split(model),
    () => state(model),
    () => clone(model),
    () => select(model).where(Param),
    () => grad((m: Hiding) => tf.sum(m.forward(x)))(model),
    () => model.eval(),
  ];
  for (const use of uses) expect(messageOf(use)).toContain(expected.slice(21));
  expect(messageOf(() => new Hiding().forward(tf.ones([1, 5])))).toContain("expected last axis 2");

  model.layers.clear();
  model.byLayer.set(linear(), "first");
  expect(messageOf(() => split(model))).toContain("found a Linear as a key of the Map byLayer of Hiding");
  model.byLayer.clear();
  (model.layers as Set<unknown>).add("a name");
  expect(state(model).size).toBe(0);
});

test("a metric that looks at all updates by itself takes them all", () => {
  const seen: unknown[] = [];
  class Own extends Average {
    override update(updates: { values: number; extra?: number }): void {
      seen.push({ ...updates });
      super.update(updates);
    }
  }
  new MultiMetric({ own: new Own() }).update({ values: 1, extra: 2 });
  expect(seen).toEqual([{ values: 1, extra: 2 }]);
});

test("a size in a list is applied along the last spatial axis, as in Flax", () => {
  const conv = new Conv(3, 8, [3], { rngs });
  expect(conv.forward(tf.ones([2, 28, 28, 3])).shape).toEqual([2, 28, 28, 8]);
});

test("an asynchronous loss is an error at once", () => {
  const gradient = grad((async (model: Linear) => tf.sum(model.forward(tf.ones([1, 2])))) as never);
  expect(() => gradient(linear())).toThrow(AsyncFunctionError);
});

test("a model that was disposed of says so, one whose tensor was disposed of says that", () => {
  const model = { layer: linear() };
  const evaluate = () => new Sequential(model.layer).forward(tf.ones([1, 2]));
  const copy = clone(model);
  state(copy).dispose();
  model.layer.dispose();
  expect(messageOf(evaluate)).toBe(
    "VariableValueError: layers.0.kernel (Param): The value was disposed of, with the model, State or Variable that it " +
      "belongs to, or by the scope that it was made in. Give it another one, " +
      "`variable.value = tensor`, dispose of a copy instead, `clone(model)`, or let it outlive the scope: " +
      "`scope((keep) => …)`.",
  );
  expect(messageOf(() => copy.layer.kernel.value)).toContain("The value was disposed of, with the model");

  model.layer.kernel.value = tf.ones([2, 3]);
  model.layer.kernel.value.dispose();
  expect(messageOf(evaluate)).toContain("kernel (Param): The value is a disposed tensor of shape [2, 3].");
});

class Classifier extends Module {
  readonly blocks = [new Attending()];

  forward(x: tf.Tensor): tf.Tensor {
    return this.blocks.reduce((y, block) => block.forward(y), x);
  }
}

class Attending extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return dotProductAttention(x, x, tf.ones([1, 1, 1, 1]));
  }
}

test("errors of functions name the module that called them", () => {
  expect(messageOf(() => new Classifier().forward(tf.ones([2, 3, 4, 5])))).toContain(
    "ShapeMismatchError: blocks.0 (Attending): dotProductAttention: batch dims must match",
  );
  const attention = new MultiHeadAttention(2, 4, { decode: false, rngs });
  const mask = tf.ones([3, 2, 2]);
  expect(messageOf(() => attention.forward(tf.ones([3, 2, 4]), { mask }))).toContain(
    "ShapeMismatchError: MultiHeadAttention: expected a mask that broadcasts to [3, 2, 2, 2]",
  );
  const dropout = new Sequential(new Dropout(0.5));
  expect(messageOf(() => dropout.forward(tf.ones([2]), { rngs: new Rngs({ params: 0 }) }))).toContain(
    'MissingArgumentError: layers.0 (Dropout): No random stream named "dropout"',
  );
});

describe("a Module in an object of a plain class", () => {
  class Block {
    readonly dense: Linear;
    constructor(dense: Linear) {
      this.dense = dense;
    }
  }
  const holding = (value: unknown) => Object.assign(linear(), { part: value });

  test.each([
    ["alone", () => new Block(linear()), "part"],
    ["in an array", () => [3, new Block(linear())], "part"],
    ["beside a Module in an array", () => [linear(), new Block(linear())], "part.1"],
    ["in a Map in a Set", () => new Set([new Map([["a", new Block(linear())]])]), "part"],
    ["in another one", () => ({ inner: new (class Outer { readonly block = new Block(linear()); })() }), "part"], // prettier-ignore
  ])("is an error, %s", (_, make, place) => {
    const model = holding(make());
    const expected =
      "expected Modules and Variables in Modules, arrays, Lists and plain objects, found a Linear in an instance of " +
      `Block at ${place}, where nothing would train or save it. Let Block extend Module, or Pytree.`;
    const uses = [() => state(model), () => split(model), () => grad((m: Linear) => tf.sum(m.forward(tf.ones([1, 2]))))(model)]; // prettier-ignore
    for (const use of uses) expect(messageOf(use)).toContain(expected);
  });

  test("is none where it is part of the model elsewhere, above or below", () => {
    const shared = linear();
    const inner = Object.assign(linear(), { shared, block: new Block(shared) });
    const outer = Object.assign(linear(), { inner, blocks: [new Block(inner.shared)] });
    Object.assign(inner, { root: new Block(outer) });
    expect(state(outer).size).toBe(6);
    expect(state(inner).size).toBe(4);
    expect(state(shared).size).toBe(2);
  });

  test("is none in what holds parts of models by its nature", () => {
    const other = linear();
    const model = holding({
      best: state(other),
      definition: split(other)[0],
      date: new Date(),
      bytes: new Uint8Array(9),
    });
    Object.assign(model, {
      engine: tf.engine(),
      words: new Map(Array.from({ length: 9999 }, (_, i) => [i, { i }])),
    });
    expect(state(model).size).toBe(2);
  });
});
