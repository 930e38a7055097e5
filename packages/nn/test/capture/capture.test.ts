import {
  capture,
  evalShape,
  GraphStructureError,
  Intermediate,
  InvalidArgumentError,
  Linear,
  Module,
  Param,
  Perturbation,
  Rngs,
  ShapeMismatchError,
  State,
} from "@nnx-js/nn";
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class Net extends Module {
  readonly linear: Linear;

  constructor() {
    super();
    this.linear = new Linear(2, 2, { rngs: new Rngs(0) });
  }

  forward(x: tf.Tensor, more: unknown = 1): tf.Tensor {
    const y = this.perturb("y", this.linear.forward(x));
    this.sow(Intermediate, "more", more);
    return y;
  }
}

test("without a capture, sow takes nothing and perturb changes nothing", () => {
  const net = new Net();
  const x = tf.ones([1]);
  expect(net.sow(Intermediate, "x", x)).toBe(false);
  expect(net.perturb("x", x)).toBe(x);
});

test("after a capture, also one that threw, modules are as they were", () => {
  const net = new Net();
  const methods = Object.getOwnPropertyDescriptors(Linear.prototype);
  const options = { methodOutputs: Intermediate };
  capture(net, Intermediate, options)(tf.ones([1, 2]));
  expect(() => capture(net, Intermediate, options)(tf.ones([1, 3]))).toThrow(ShapeMismatchError);
  expect(Object.getOwnPropertyDescriptors(Linear.prototype)).toEqual(methods);
  expect(Reflect.ownKeys(net)).toEqual(["linear"]);
  expect(net.sow(Intermediate, "x", 1)).toBe(false);
});

test("a capture that throws frees what it took, and its errors have paths", () => {
  const net = new Net();
  const x = tf.ones([1, 3]);
  const before = tf.memory().numTensors;
  expect(() => tf.tidy(() => void capture(net, Intermediate)(x))).toThrow(
    "linear (Linear): expected last axis 2",
  );
  expect(tf.memory().numTensors).toBe(before);
});

test("it works on shapes alone", () => {
  const net = new Net();
  const [y, perturbations] = evalShape((x: tf.Tensor) => capture(net, Perturbation)(x), tf.ones([5, 2]));
  expect(y).toEqual({ shape: [5, 2], dtype: "float32" });
  expect(perturbations.get("y")).toMatchObject({ shape: [5, 2], isAbstract: true });
});

describe("wrong arguments are refused with a repair", () => {
  test("no module", () => {
    expect(() => capture((x: tf.Tensor) => x, Intermediate)(tf.ones([1]))).toThrow(InvalidArgumentError);
    expect(() => capture((x: tf.Tensor) => x, Intermediate)(tf.ones([1]))).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: capture: expected a Module with forward, or a function whose first argument is a Module. Write capture((model, x) => …, Intermediate)(model, x).]`,
    );
  });

  test("method outputs of a type that is not collected, and types that are none", () => {
    expect(() =>
      capture(new Net(), Param, { methodOutputs: Intermediate }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: capture: methodOutputs is Intermediate, which is not among the types to capture. Write capture(model, Param, Intermediate, { methodOutputs: Intermediate }).]`,
    );
    // @ts-expect-error: a class of Variables is expected
    expect(() => capture(new Net(), Param, Date)).toThrow(InvalidArgumentError);
  });

  test("what cannot be sowed", () => {
    expect(() =>
      capture(new Net(), Intermediate)(tf.ones([1, 2]), "text"),
    ).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: Net: sow("more"): expected a tensor, a number, or arrays, Maps and plain objects of those, got string. Convert it first: tf.tensor(…).]`,
    );
  });

  test("perturbations of another shape, of another model, or plain tensors", () => {
    const [, init] = capture(new Net(), Perturbation)(tf.ones([1, 2]));
    expect(() => capture(new Net(), { init })(tf.ones([3, 2]))).toThrow(ShapeMismatchError);
    expect(() => capture(new Net(), { init })(tf.ones([3, 2]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeMismatchError: Net: perturb("y"): expected a perturbation of shape [3, 2], got shape [1, 2]. Make new ones with inputs of this shape: const [, perturbations] = capture(model, Perturbation)(x).]`,
    );
    const elsewhere = new State(init.entries.map(([path, leaf]) => [["other", 0, ...path], leaf]));
    expect(capture(new Net(), { init: new State() })(tf.ones([1, 2])).shape).toEqual([1, 2]);
    expect(() =>
      capture((holder: Net[], x: tf.Tensor) => holder[0]!.forward(x), { init: elsewhere })(
        [new Net()],
        tf.ones([1, 2]),
      ),
    ).toThrow(GraphStructureError);
    const plain = new State([[["y"], tf.zeros([1, 2])]]);
    expect(() => capture(new Net(), { init: plain })(tf.ones([1, 2]))).toThrow(GraphStructureError);
  });

  test("an asynchronous function", () => {
    const later = capture(async (net: Net, x: tf.Tensor) => Promise.resolve(net.forward(x)), Intermediate);
    expect(() => later(new Net(), tf.ones([1, 2]))).toThrow(AsyncFunctionError);
  });
});
