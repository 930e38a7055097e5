/** @file Groups of parameters under one Optimizer. */
import {
  BatchNorm,
  Embed,
  grad,
  GraphStructureError,
  InvalidArgumentError,
  initializers,
  Linear,
  Module,
  MultiHeadAttention,
  Not,
  Param,
  PathContains,
  PathIn,
  Rngs,
  select,
  Sequential,
  State,
  state,
} from "@nnx-js/nn";
import {
  adam,
  adamw,
  chain,
  decayMask,
  type GradientTransformation,
  masked,
  Optimizer,
  partition,
  scale,
  setToZero,
  sgd,
  treeMapWithPath,
} from "@nnx-js/optim";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class Net extends Module {
  readonly layers: Linear[];
  readonly head: Linear;

  constructor() {
    super();
    const rngs = new Rngs(0);
    this.layers = [new Linear(2, 3, { rngs }), new Linear(3, 3, { rngs })];
    this.head = new Linear(3, 1, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.head.forward(this.layers.reduce((y, layer) => tf.tanh(layer.forward(y)), x));
  }
}

const loss = (net: { forward(x: tf.Tensor): tf.Tensor }) => tf.mean(tf.square(net.forward(tf.ones([4, 2]))));

/** By how much each parameter has changed, in units of its gradient. */
function steps(net: Net, tx: GradientTransformation): Record<string, number> {
  const before = new Map([...state(net, Param)].map(([path, leaf]) => [path.join("."), leaf.value.clone()]));
  const grads = grad(loss)(net);
  new Optimizer(net, tx, { wrt: Param }).update(net, grads);
  return Object.fromEntries(
    [...state(net, Param)].map(([path, leaf]) => {
      const name = path.join(".");
      const gradient = grads.get(...path) as Param;
      const [change] = tf.div(tf.sub(before.get(name)!, leaf.value), gradient.value).dataSync();
      return [name, Math.round(change! * 100) / 100 || 0];
    }),
  );
}

describe("partition by filters over paths", () => {
  test("gives each parameter to the first group that selects it, indices of lists being numbers", () => {
    const groups: GradientTransformation = partition([
      [PathContains("head"), sgd(0.5)],
      [(path) => path[0] === "layers" && path[1] === 1, sgd(0.25)],
      [PathContains("bias"), sgd(2)],
      [true, sgd(1)],
    ]);
    expect(steps(new Net(), groups)).toEqual({
      "head.bias": 0.5,
      "head.kernel": 0.5,
      "layers.0.bias": 2,
      "layers.0.kernel": 1,
      "layers.1.bias": 0.25,
      "layers.1.kernel": 0.25,
    });
    expect(steps(new Net(), partition([[PathContains(1), sgd(1)], [Not(PathContains(1)), sgd(3)]]))).toMatchObject({ "layers.0.kernel": 3, "layers.1.kernel": 1 }); // prettier-ignore
    expect(steps(new Net(), partition([[PathIn(["layers", 0, "bias"]), sgd(1)], [true, setToZero()]]))).toMatchObject({ "layers.0.bias": 1, "head.bias": 0 }); // prettier-ignore
  });

  test("keeps state for the parameters of a group alone", () => {
    const net = new Net();
    const tx = partition([
      [PathContains("bias"), adam(0.1)],
      [true, sgd(0.1)],
    ]);
    const optimizer = new Optimizer(net, tx, { wrt: Param });
    // Three biases with two moments each, their count, and the step.
    expect(state(optimizer).size).toBe(3 * 2 + 2);
    expect(optimizer.optState.innerStates[0][0].count.value.dataSync()[0]).toBe(0);
  });

  test("names every parameter that belongs to no group", () => {
    const tx = partition([
      [PathContains("bias"), sgd(1)],
      [PathContains("head"), sgd(1)],
    ]);
    const make = () => new Optimizer(new Net(), tx, { wrt: Param });
    expect(make).toThrow(GraphStructureError);
    expect(make).toThrowErrorMatchingInlineSnapshot(
      `[GraphStructureError: partition: expected each parameter to belong to a group, got none for layers.0.kernel, layers.1.kernel. Add a last group for the rest: [true, adam(1e-3)].]`,
    );
  });

  test("refuses filters that ask for Variables, which no transformation sees", () => {
    for (const filter of [Param, "tag", [PathContains("bias"), Param], Not(Param)]) {
      expect(() => partition([[filter, sgd(1)]])).toThrow(InvalidArgumentError);
      expect(() => partition([[filter, sgd(1)]])).toThrow(
        /which selects Variables: transformations see tensors/,
      );
    }
  });

  test("refuses what is no list of pairs", () => {
    // @ts-expect-error no pair
    expect(() => partition([sgd(1)])).toThrow(/pairs of a filter and a transformation, got a Object/);
    // @ts-expect-error no transformation
    expect(() => partition([[true, sgd]])).toThrow(/a gradient transformation, got the function sgd/);
  });
});

describe("partition by labels", () => {
  test("names every parameter whose label is unknown or missing", () => {
    const tx = partition({ a: sgd(1), b: adam(1) }, (params) =>
      treeMapWithPath((path) => (path.includes("head") ? ("c" as "a") : "a"), params),
    );
    expect(() => new Optimizer(new Net(), tx, { wrt: Param })).toThrowErrorMatchingInlineSnapshot(
      `[GraphStructureError: partition: expected each parameter to belong to a group, got none for head.bias (labelled "c"), head.kernel (labelled "c"). Label each of them with one of a, b.]`,
    );
    const short = partition({ a: sgd(1) }, { head: "a", layers: { 0: "a" } });
    expect(() => new Optimizer(new Net(), short, { wrt: Param })).toThrow(
      /got none for layers\.1\.bias, layers\.1\.kernel\. Label each/,
    );
  });

  test("takes one label for a subtree, and keeps the labels that it was given", () => {
    const labels: { head: "a" | "b"; layers: "b" } = { head: "a", layers: "b" };
    const tx = partition({ a: sgd(1), b: sgd(0.5) }, labels);
    labels.head = "b";
    expect(steps(new Net(), tx)).toMatchObject({ "head.kernel": 1, "layers.0.kernel": 0.5 });
  });

  test("needs labels", () => {
    // @ts-expect-error no labels
    expect(() => partition({ a: sgd(1) })).toThrow(/got no labels\. Write partition\(/);
  });
});

test("what is frozen stays, and Variables that are shared count once", () => {
  const net = new Net();
  select(net).where(PathContains("head")).freeze();
  const tx = partition([
    [PathContains("bias"), adam(0.1)],
    [true, sgd(0.1)],
  ]);
  expect(state(new Optimizer(net, tx, { wrt: Param })).size).toBe(2 * 2 + 2);

  class Tied extends Module {
    readonly encode = new Linear(3, 3, { useBias: false, rngs: new Rngs(0) });
    readonly decode = new Linear(3, 3, { useBias: false, rngs: new Rngs(0) });
    constructor() {
      super();
      this.decode.kernel = this.encode.kernel;
    }
  }
  const tied = new Tied();
  // It stands where it comes first.
  const optimizer = new Optimizer(tied, masked(adam(0.1), { decode: true }), { wrt: Param });
  expect(state(optimizer).size).toBe(1 * 2 + 2);
});

describe("decayMask", () => {
  class Block extends Module {
    readonly attention: MultiHeadAttention;
    readonly norms = [new BatchNorm(4, { rngs: new Rngs(0) })];
    readonly embed: Embed;
    readonly own = new Param(tf.ones([3]));

    constructor(rngs = new Rngs(0)) {
      super();
      this.attention = new MultiHeadAttention(2, 4, { rngs });
      this.embed = new Embed(5, 4, { rngs });
    }
  }

  test("selects kernels and embeddings, but neither biases, of two dimensions too, nor scales nor vectors", () => {
    const params: Record<string, unknown> = {};
    const seesPaths: GradientTransformation = {
      init(tree) {
        const mask = decayMask(tree);
        treeMapWithPath((path) => {
          let node: unknown = mask;
          for (const key of path) node = (node as Record<string, unknown>)[key];
          params[path.join(".")] = node;
        }, tree);
        return {};
      },
      update: (updates, old) => [updates, old],
    };
    const optimizer = new Optimizer(new Block(), seesPaths, { wrt: Param });
    expect(optimizer.optState).toEqual({});
    const selected = Object.keys(params).filter((path) => params[path]);
    expect(selected.sort()).toEqual([
      "attention.key.kernel",
      "attention.out.kernel",
      "attention.query.kernel",
      "attention.value.kernel",
      "embed.embedding",
    ]);
    expect(params["attention.query.bias"]).toBe(false);
    expect(params["norms.0.scale"]).toBe(false);
  });

  test("leaves biases where they are without gradients", () => {
    const net = new Sequential(new Linear(2, 2, { biasInit: initializers.ones, rngs: new Rngs(0) }));
    const optimizer = new Optimizer(net, adamw(0.1, { weightDecay: 0.5, mask: decayMask }), { wrt: Param });
    const zeros = new State(
      [...state(net, Param)].map(([path, leaf]) => [path, new Param(tf.zerosLike(leaf.value))]),
    );
    const kernel = net.layers[0].kernel.value.dataSync().slice();
    optimizer.update(net, zeros);
    expect([...net.layers[0].bias!.value.dataSync()]).toEqual([1, 1]);
    expect(net.layers[0].kernel.value.dataSync()[0]).toBeCloseTo(kernel[0]! * 0.95, 6);
  });
});

test("wrappers around groups leak nothing", async () => {
  const net = new Net();
  const tx = chain(
    masked(scale(2), (params) => treeMapWithPath((path) => path.at(-1) === "bias", params)),
    partition([
      [PathContains("head"), adamw(0.1)],
      [true, sgd(0.1, { momentum: 0.9 })],
    ]),
  );
  const optimizer = new Optimizer(net, tx, { wrt: Param });
  await expectNoLeak(() => tf.tidy(() => optimizer.update(net, grad(loss)(net))), 5);
});
