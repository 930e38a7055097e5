/** @file Training a model of which a part is frozen. */
import {
  BatchNorm,
  clone,
  grad,
  GraphStructureError,
  InvalidArgumentError,
  Linear,
  Param,
  PathContains,
  Rngs,
  select,
  Sequential,
  state,
} from "@nnx-js/nn";
import { adamw, Optimizer, sgd } from "@nnx-js/optim";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

function makeModel() {
  const rngs = new Rngs(0);
  return new Sequential(new Linear(2, 3, { rngs }), new BatchNorm(3, { rngs }), new Linear(3, 1, { rngs }));
}
type Model = ReturnType<typeof makeModel>;

const loss = (model: Model) =>
  tf.mean(
    tf.square(
      model.forward(
        tf.tensor2d([
          [1, 2],
          [3, -4],
        ]),
      ),
    ),
  );

async function changedPaths(before: Model, after: Model): Promise<string[]> {
  const changed: string[] = [];
  for (const [path, leaf] of state(after)) {
    const old = state(before).get(...path) as Param;
    const [a, b] = [await old.value.data(), await (leaf as Param).value.data()];
    if (a.some((value, i) => value !== b[i])) changed.push(path.join("."));
  }
  return changed;
}

describe("an Optimizer of a model of which a part is frozen", () => {
  test("changes and tracks the rest alone, weight decay included", async () => {
    const model = makeModel();
    select(model).where(PathContains(0)).freeze();
    select(model).where(BatchNorm).freeze();
    const before = clone(model);
    const optimizer = new Optimizer(model, adamw(0.1), { wrt: Param });
    for (let i = 0; i < 2; i++) optimizer.update(model, grad(loss)(model));
    expect(await changedPaths(before, model)).toEqual(["layers.2.bias", "layers.2.kernel"]);
    // Two moments for each of the two, their common count, and the step.
    expect(state(optimizer).size).toBe(2 * 2 + 2);
  });

  test("takes gradients of the frozen part without using them", async () => {
    const model = makeModel();
    const grads = grad(loss)(model);
    select(model).where(PathContains(0)).freeze();
    const before = clone(model);
    new Optimizer(model, sgd(1), { wrt: Param }).update(model, grads);
    expect((await changedPaths(before, model)).every((path) => !path.startsWith("layers.0"))).toBe(true);
  });

  test("loops without a leak", async () => {
    const model = makeModel();
    select(model).where(PathContains(0)).freeze();
    const optimizer = new Optimizer(model, sgd(0.1), { wrt: Param });
    await expectNoLeak(() => tf.tidy(() => optimizer.update(model, grad(loss)(model))), 10);
  });
});

test("what is frozen after the Optimizer was made keeps its value, and trains on when it is unfrozen", async () => {
  const model = makeModel();
  const optimizer = new Optimizer(model, adamw(0.1), { wrt: Param });
  optimizer.update(model, grad(loss)(model));
  select(model).where(PathContains(2)).freeze();
  const before = clone(model);
  optimizer.update(model, grad(loss)(model));
  const changed = await changedPaths(before, model);
  expect(changed).toContain("layers.0.kernel");
  expect(changed.filter((path) => path.startsWith("layers.2"))).toEqual([]);
  select(model).where(PathContains(2)).unfreeze();
  optimizer.update(model, grad(loss)(model));
  expect(await changedPaths(before, model)).toContain("layers.2.kernel");
});

test("what is unfrozen after the Optimizer was made needs a new one", () => {
  const model = makeModel();
  select(model).where(PathContains(2)).freeze();
  const optimizer = new Optimizer(model, sgd(1), { wrt: Param });
  select(model).where(PathContains(2)).unfreeze();
  expect(() => optimizer.update(model, grad(loss)(model))).toThrow(GraphStructureError);
  expect(() => optimizer.update(model, grad(loss)(model))).toThrow(/New: layers\.2\.bias, layers\.2\.kernel/);
});

test("an Optimizer of what is frozen altogether is an error that says so", () => {
  const model = makeModel();
  select(model).where(true).freeze();
  expect(() => new Optimizer(model, sgd(1), { wrt: Param })).toThrow(InvalidArgumentError);
  expect(() => new Optimizer(model, sgd(1), { wrt: Param })).toThrow(
    "8 of its Variables are frozen, which are not trained.",
  );
});
