/** @file Ten compiled steps of an Optimizer against Optax. */
import { jit } from "@nnx-js/jit";
import { Module, Param, State } from "@nnx-js/nn";
import { Optimizer, type Tree } from "@nnx-js/optim";
import golden from "@nnx-js/testing/golden/optim_more.json";
import { optaxCase, treeFromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { toleranceOn } from "../../../optim/test/cases.ts";
import { optimisers } from "../../../optim/test/reference/optimisers.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const backend = inject("backend");

class Model extends Module {
  constructor(params: Record<string, tf.Tensor>) {
    super();
    for (const [name, value] of Object.entries(params)) Object.assign(this, { [name]: new Param(value) });
  }
}

function paramOf(model: Model, name: string): tf.Tensor {
  // It was made of them.
  return (model as unknown as Record<string, Param>)[name]!.value;
}

/** The trees of these cases have one level. */
function flat(tree: unknown): Record<string, tf.Tensor> {
  return tree as Record<string, tf.Tensor>;
}

test.each(optimisers)("$name", async ({ name, make, tolerance, args }) => {
  const reference = optaxCase(golden, name);
  const model = new Model(flat(treeFromGolden(reference.params)));
  const optimizer = new Optimizer(model, make(), { wrt: Param });
  // The objective of a case is a function of a tree.
  const objective = args?.["objFn"] as ((params: Tree) => tf.Tensor) | undefined;
  const objFn = (net: Model) =>
    objective!(Object.fromEntries(Object.keys(reference.params).map((key) => [key, paramOf(net, key)])));
  const step = jit(
    (net: Model, optimizer: Optimizer<Model>, grads: Record<string, tf.Tensor>, value?: tf.Tensor) =>
      optimizer.update(net, new State(Object.entries(grads).map(([key, grad]) => [[key], grad])), {
        value,
        ...(objective && { objFn }),
      }),
  );
  for (const t of reference.paramsAfter.keys()) {
    const value = reference.value?.[t];
    const grads = flat(treeFromGolden(reference.gradients[t]!));
    step(model, optimizer, grads, value === undefined ? undefined : tf.scalar(value));
  }
  for (const [key, array] of Object.entries(flat(treeFromGolden(reference.paramsAfter.at(-1)!)))) {
    await expect(paramOf(model, key), key).toBeAllClose(array, toleranceOn(backend, tolerance));
  }
  expect(step.cacheSize()).toBe(1);
});
