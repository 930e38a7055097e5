import {
  clone,
  Conv,
  Dropout,
  dotProductAttention,
  Embed,
  grad,
  initializers,
  Linear,
  maxPool,
  Module,
  MultiHeadAttention,
  Rngs,
  Sequential,
  state,
} from "@nnx-js/nn";
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";

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
    "InvalidArgumentError: Linear: expected the initialiser to return a tensor of shape [2, 3], got function. An " +
      "initialiser is what the functions of initializers return: { kernelInit: initializers.lecunNormal() }.",
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
])("%s is named, with a repair", (_name, run, message) => {
  expect(messageOf(run)).toBe(message);
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
      "belongs to, which all views share, or by the scope that it was made in. Give it another one, " +
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
