import {
  BatchStat,
  clone,
  evalShape,
  fromPureDict,
  grad,
  iterVariables,
  merge,
  Module,
  OptState,
  Param,
  PathContains,
  pop,
  RngCount,
  split,
  State,
  state,
  toPureDict,
  update,
  type Variable,
} from "@nnx-js/nn";
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  type GradientTransformation,
  Optimizer,
  sgd,
} from "@nnx-js/optim";
import { expectNoLeak } from "@nnx-js/testing";
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

const inverse = (step: tf.Scalar) => tf.div<tf.Scalar>(1, tf.add(step, 1));

/** All numbers of all Variables below a node. */
function snapshot(node: object): [string, number[]][] {
  return [...iterVariables(node)].map(([path, variable]) => [
    path.join("."),
    Array.from(variable.value.dataSync()),
  ]);
}

describe("the state of an Optimizer", () => {
  test("is a step of 0 and an OptState for each tensor, under the transformation's own names", () => {
    const optimizer = new Optimizer(new Model(), adam(0.1), { wrt: Param });
    const paths = [...iterVariables(optimizer)].map(([path, variable]) => {
      expect(variable).toBeInstanceOf(OptState);
      return path.join(".");
    });
    expect(paths).toEqual([
      "optState.0.count",
      "optState.0.mu.layers.0.bias",
      "optState.0.mu.layers.0.kernel",
      "optState.0.mu.layers.2.bias",
      "optState.0.mu.layers.2.kernel",
      "optState.0.nu.layers.0.bias",
      "optState.0.nu.layers.0.kernel",
      "optState.0.nu.layers.2.bias",
      "optState.0.nu.layers.2.kernel",
      "step",
    ]);
    expect(optimizer.step.dtype).toBe("int32");
    expect(optimizer.step.shape).toEqual([]);
  });

  test("has the count of a schedule", () => {
    const optimizer = new Optimizer(new Layer(), sgd(inverse), { wrt: Param });
    expect(state(optimizer).entries.map(([path]) => path.join("."))).toEqual(["optState.1.count", "step"]);
  });

  test("covers what wrt selects and nothing else", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, sgd(1, { momentum: 0.9 }), { wrt: PathContains("kernel") });
    expect(snapshot(optimizer).map(([path]) => path)).toEqual(["optState.0.trace.kernel", "step"]);
    optimizer.update(model, gradientsOf(model));
    expect(snapshot(model)).toEqual([
      ["bias", [0, 0, 0]],
      ["kernel", [0, 0, 0, 0, 0, 0]],
      ["mean", [0, 0, 0]],
    ]);
  });

  test("survives a cut and a merge", () => {
    const model = new Model();
    const optimizer = new Optimizer(model, adam(0.1), { wrt: Param });
    optimizer.update(model, gradientsOf(model));
    const [definition, states] = split(optimizer);
    const merged = merge(definition, states);
    expect(merged).toBeInstanceOf(Optimizer);
    merged.update(model, gradientsOf(model));
    // A merged node shares the Variables.
    expect(Array.from(optimizer.step.value.dataSync())).toEqual([2]);
  });

  test("comes back from a dictionary, by merge and by update", () => {
    const model = new Model();
    const optimizer = new Optimizer(model, adam(0.1), { wrt: Param });
    optimizer.update(model, gradientsOf(model));
    const [definition, whole] = split(optimizer);
    const dict = toPureDict(whole);
    const merged = merge(definition, fromPureDict(dict));
    expect(snapshot(merged)).toEqual(snapshot(optimizer));

    const fresh = new Optimizer(model, adam(0.1), { wrt: Param });
    update(fresh, dict);
    expect(snapshot(fresh)).toEqual(snapshot(optimizer));
    for (const restored of [merged, fresh]) restored.update(model, gradientsOf(model));
    expect(snapshot(merged)).toEqual(snapshot(fresh));
  });

  test("is its own in a clone", () => {
    const model = new Model();
    const optimizer = new Optimizer(model, adam(0.1), { wrt: Param });
    const copy = clone(optimizer);
    copy.update(model, gradientsOf(model));
    expect(Array.from(optimizer.step.value.dataSync())).toEqual([0]);
    expect(Array.from(copy.step.value.dataSync())).toEqual([1]);
  });

  test("shows in the display", () => {
    const optimizer = new Optimizer(new Layer(), sgd(0.1, { momentum: 0.9 }), { wrt: Param });
    expect(String(optimizer)).toMatch(/OptState/);
    expect(String(optimizer)).not.toMatch(/tracked/);
  });

  test("is independent of the parameters even if the transformation begins with them", () => {
    const model = new Layer();
    const keepFirst: GradientTransformation = {
      init: (params) => ({ first: params }),
      update: (updates, kept) => [updates, kept],
    };
    const optimizer = new Optimizer(model, keepFirst, { wrt: Param });
    optimizer.update(model, gradientsOf(model));
    expect(snapshot(optimizer)[1]).toEqual(["optState.first.kernel", [1, 1, 1, 1, 1, 1]]);
    expect(snapshot(model)[1]).toEqual(["kernel", [2, 2, 2, 2, 2, 2]]);
  });

  test("is independent of gradients that the transformation remembers", () => {
    const model = new Layer();
    const remember: GradientTransformation = {
      init: (params) => params,
      update: (updates) => [updates, updates],
    };
    const optimizer = new Optimizer(model, remember, { wrt: Param });
    const grads = gradientsOf(model);
    optimizer.update(model, grads);
    grads.dispose();
    expect(snapshot(optimizer)[0]).toEqual(["optState.bias", [1, 1, 1]]);
  });
});

describe("update", () => {
  test("takes any view of the model and writes what all views share", () => {
    const model = new Model();
    const optimizer = new Optimizer(model, sgd(0.5), { wrt: Param });
    const view = clone(model, { variables: false });
    optimizer.update(view, gradientsOf(view));
    expect(Array.from(model.layers[0].bias.value.dataSync())).toEqual([-0.5, -0.5, -0.5]);
  });

  test("descends along what grad gives", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, sgd(0.25), { wrt: Param });
    const loss = grad((layer: Layer) => tf.sum<tf.Scalar>(tf.square(layer.kernel.value)));
    tf.tidy(() => optimizer.update(model, loss(model)));
    expect(Array.from(model.kernel.value.dataSync())).toEqual(Array.from({ length: 6 }, () => 0.5));
  });

  test("runs under evalShape, where no value exists", () => {
    const optimizer = evalShape(() => {
      const model = new Model();
      const made = new Optimizer(model, chain(clipByGlobalNorm(1), adam(inverse)), { wrt: Param });
      made.update(model, gradientsOf(model));
      return made;
    });
    expect(optimizer.step.isAbstract).toBe(true);
    expect(state(optimizer).get("optState", 1, 0, "mu", "layers", "2", "kernel")).toMatchObject({
      shape: [2, 3],
    });
  });

  test("trains a Variable that stands at two paths once", () => {
    const shared = new Layer();
    const model = new (class Tied extends Module {
      readonly a = shared;
      readonly b = shared;
    })();
    const optimizer = new Optimizer(model, sgd(1), { wrt: Param });
    optimizer.update(model, gradientsOf(model));
    expect(Array.from(shared.bias.value.dataSync())).toEqual([-1, -1, -1]);
  });

  test("ignores gradients of paths that it does not train", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, sgd(1), { wrt: PathContains("bias") });
    const grads = new State([...gradientsOf(model), [["elsewhere"], new Param(tf.ones([7]))]]);
    optimizer.update(model, grads);
    expect(snapshot(model)[1]).toEqual(["kernel", [1, 1, 1, 1, 1, 1]]);
  });

  test("takes gradients that are plain tensors", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, sgd(1), { wrt: PathContains("bias") });
    optimizer.update(model, new State([[["bias"], tf.ones([3])]]));
    expect(Array.from(model.bias.value.dataSync())).toEqual([-1, -1, -1]);
  });

  test("lets NaN through, as Optax does", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, adam(0.1), { wrt: PathContains("bias") });
    optimizer.update(model, new State([[["bias"], tf.tensor1d([1, Number.NaN, 1])]]));
    const [first, second] = model.bias.value.dataSync();
    expect(first).toBeCloseTo(-0.1);
    expect(second).toBeNaN();
  });

  test("returns nothing", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, sgd(1), { wrt: Param });
    // What `update` gives back is the point of this test.
    // oxlint-disable-next-line typescript/no-confusing-void-expression
    expect(optimizer.update(model, gradientsOf(model))).toBeUndefined();
  });

  test("leaves the gradients to the caller", () => {
    const model = new Layer();
    const optimizer = new Optimizer(model, adam(1), { wrt: Param });
    const grads = gradientsOf(model);
    optimizer.update(model, grads);
    for (const [, leaf] of grads) expect((leaf as Variable).value.isDisposed).toBe(false);
  });

  test("leaves no tensor behind, in tidy or out of it", async () => {
    for (const tx of [
      sgd(0.1, { momentum: 0.9, nesterov: true }),
      sgd(inverse),
      chain(clipByGlobalNorm(1), adamw(0.1)),
    ]) {
      const model = new Model();
      const before = tf.memory().numTensors;
      const optimizer = new Optimizer(model, tx, { wrt: Param });
      await expectNoLeak(() => {
        using grads = gradientsOf(model);
        optimizer.update(model, grads);
      });
      await expectNoLeak(() =>
        tf.tidy(() => {
          const grads = state(model, Param).entries.map(
            ([path, { shape }]) => [path, tf.ones(shape as number[])] as const,
          );
          tf.tidy(() => optimizer.update(model, new State(grads)));
        }),
      );
      optimizer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

test("the state of an optimizer is fixed: pop says so and changes nothing", () => {
  const model = new Model();
  const optimizer = new Optimizer(model, adam(0.1), { wrt: Param });
  const before = state(optimizer).toString();
  expect(() => pop(optimizer, OptState)).toThrow(
    /pop: optState\.0\.\S+ cannot be taken out of what is frozen/,
  );
  expect(state(optimizer).toString()).toBe(before);
  optimizer.update(model, gradientsOf(model));
  expect(optimizer.step.value.dataSync()[0]).toBe(1);
});

test.each([
  [5, "5"],
  [adam, "the function adam"],
  [[adam(1e-3)], "an array"],
  [{ init: adam(1e-3) }, "an object"],
])("chain of what is no transformation names it", (link, found) => {
  expect(() => chain(sgd(1), link as never)).toThrow(
    `chain: expected gradient transformations, got ${found}. Write chain(clipByGlobalNorm(1), adam(1e-3)).`,
  );
});
