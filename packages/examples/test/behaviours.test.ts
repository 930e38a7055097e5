/**
 * @file Behaviours of modules, views, random streams and optimisers together that Flax's own tests leave out, one test
 * for each; numbers are Flax's.
 */
import {
  BatchNorm,
  Dropout,
  grad,
  graphdef,
  Linear,
  Module,
  Param,
  PathContains,
  Rngs,
  type RngStream,
  Sequential,
  state,
  type ViewArgs,
  viewOptions,
} from "@nnx-js/nn";
import { adam, adamw, Optimizer, sgd } from "@nnx-js/optim";
import { random } from "@nnx-js/tensor";
import { recursiveMap, UnknownModeError, view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const valuesOf = async (tensor: tf.Tensor) => [...(await tensor.data())];
const wordsOf = async (key: tf.Tensor) => (await valuesOf(key)).map((word) => word >>> 0);
const countOf = async ({ count }: RngStream) => (await valuesOf(count.value))[0];

function makeModel() {
  const rngs = new Rngs({ params: 0, dropout: 1 });
  return new Sequential(new Linear(2, 2, { rngs }), new BatchNorm(2, { rngs }), new Dropout(0.5, { rngs }));
}

describe("1. a setView that throws", () => {
  class Fails extends Module {
    static readonly viewOptions = viewOptions({ mode: { type: "string", description: "fails" } });
    mode = "none";
    setView({ mode }: ViewArgs<typeof Fails.viewOptions>): void {
      this.mode = mode ?? this.mode;
      if (mode === "bad") throw new Error("half way");
    }
  }

  test("leaves the original untouched, and so does one that succeeds", () => {
    const model = { a: new Fails(), b: new Fails() };
    expect(() => view(model, { mode: "bad" })).toThrow("half way");
    expect(view(model, { mode: "good" }).b.mode).toBe("good");
    expect([model.a.mode, model.b.mode]).toEqual(["none", "none"]);
  });
});

describe("2. Dropout at rate 0, or deterministic", () => {
  test("returns the very tensor that it got and leaves its count alone", async () => {
    const x = tf.ones([2, 2]);
    for (const dropout of [
      new Dropout(0, { rngs: new Rngs(0) }),
      new Dropout(0.5, { rngs: new Rngs(0), deterministic: true }),
    ]) {
      expect(dropout.forward(x)).toBe(x);
      expect(await countOf(dropout.rngs!)).toBe(0);
    }
  });
});

describe("3. two train views", () => {
  test("take turns on one count of random keys", async () => {
    const model = makeModel();
    const [a, b] = [view(model, { deterministic: false }), view(model, { deterministic: false })];
    const alone = makeModel().layers[2];
    const x = tf.ones([1, 20]);
    for (const one of [a, b, a]) {
      expect(await valuesOf(one.layers[2].forward(x))).toEqual(await valuesOf(alone.forward(x)));
    }
    expect(await countOf(model.layers[2].rngs!)).toBe(3);
  });

  test("write the statistics that the other reads", async () => {
    const model = makeModel();
    const [train, evaluate] = [
      view(model, { useRunningAverage: false }),
      view(model, { useRunningAverage: true }),
    ];
    train.layers[1].forward(tf.tensor2d([1, 2, 3, 6, 5, 10], [3, 2]));
    const x = tf.tensor2d([[1, 2]]);
    await expect(evaluate.layers[1].forward(x)).toBeAllClose([0.9620116, 1.852518]);
  });
});

describe("4. a Param of a view", () => {
  test("that is rebound does not reach the original, one that is written to does", async () => {
    const model = new Linear(2, 2, { rngs: new Rngs(0) });
    const copy = view(model);
    copy.bias!.value = tf.tensor1d([1, 2]);
    expect(await valuesOf(model.bias!.value)).toEqual([1, 2]);
    copy.kernel = new Param(tf.zeros([2, 2]));
    expect(model.kernel).not.toBe(copy.kernel);
    await expect(model.kernel.value).not.toBeAllClose(tf.zeros([2, 2]));
  });
});

describe("5. an Optimizer made from one view", () => {
  test("and updated with another changes both", async () => {
    const model = new Linear(1, 1, { rngs: new Rngs(0) });
    const [a, b] = [view(model), view(model)];
    const optimizer = new Optimizer(a, sgd(1), { wrt: Param });
    optimizer.update(b, grad((layer: Linear) => tf.sum(layer.bias!.value))(b));
    for (const one of [model, a, b]) expect(await valuesOf(one.bias!.value)).toEqual([-1]);
  });
});

describe("6. golden numbers", () => {
  test("of keys and random numbers", async () => {
    expect(await wordsOf(random.foldIn(random.key(0), 0))).toEqual([1797259609, 2579123966]);
    expect(await wordsOf(random.foldIn(random.key(0), 1))).toEqual([928981903, 3453687069]);
    expect(await wordsOf(random.foldIn(random.key(42), 0))).toEqual([1832780943, 270669613]);
    await expect(new Rngs(0).normal([3])).toBeAllClose([1.0040143, -0.9063372, -0.7481722]);
    await expect(new Rngs(0).uniform([3])).toBeAllClose([0.8423141, 0.1823786, 0.2271781]);
    const rngs = new Rngs(0);
    await expect(new Linear(2, 3, { rngs }).kernel.value).toBeAllClose([
      0.7567299, -0.6857005, -0.5688337, -0.8757605, -0.6599427, 0.4493509,
    ]);
    await expect(new Linear(3, 1, { rngs }).kernel.value).toBeAllClose([0.7849591, 0.8175216, -0.2559592]);
    const x = tf.ones([1, 10]);
    const stored = new Dropout(0.5, { rngs: new Rngs({ dropout: 0 }) }).forward(x);
    expect(await valuesOf(stored)).toEqual([2, 0, 2, 0, 2, 2, 2, 0, 2, 2]);
    const given = new Dropout(0.5).forward(x, { rngs: new Rngs({ dropout: 0 }) });
    expect(await valuesOf(given)).toEqual([0, 2, 2, 2, 2, 0, 0, 2, 0, 2]);
  });

  test("of batch normalisation", async () => {
    const x = tf.tensor2d([1, 2, 3, 6, 5, 10], [3, 2]);
    const norm = new BatchNorm(2, { rngs: new Rngs(0) });
    await expect(norm.forward(x)).toBeAllClose([-1.2247425, -1.2247442, 0, 0, 1.2247425, 1.2247442]);
    await expect(norm.mean.value).toBeAllClose([0.03, 0.06]);
    await expect(norm.var.value).toBeAllClose([1.0166667, 1.0966667]);
    const faster = new BatchNorm(2, { rngs: new Rngs(0), momentum: 0.9 });
    faster.forward(x);
    faster.forward(x);
    await expect(faster.mean.value).toBeAllClose([0.57, 1.14]);
    await expect(faster.var.value).toBeAllClose([1.3166668, 2.8366671]);
  });

  test.each([
    ["sgd", sgd(0.1), [0.8, 0.64, 0.512]],
    ["momentum", sgd(0.1, { momentum: 0.9 }), [0.8, 0.46, 0.062]],
    ["nesterov", sgd(0.1, { momentum: 0.9, nesterov: true }), [0.62, 0.2224, -0.108352]],
    ["adam", adam(0.1), [0.9000007, 0.8004139, 0.7015883]],
    ["adamw", adamw(0.1), [0.8999907, 0.800395, 0.7015615]],
  ])("of three steps of %s", async (_name, tx, expected) => {
    const model = { w: new Param(tf.tensor1d([1, -2])) };
    const optimizer = new Optimizer(model, tx, { wrt: Param });
    for (const w of expected) {
      optimizer.update(model, grad((m: typeof model) => tf.sum(tf.square(m.w.value)))(model));
      await expect(tf.slice(model.w.value, [0], [1])).toBeAllClose([w]);
    }
  });
});

describe("7. a model that holds an Rngs with a default stream", () => {
  test("has views made of it without a draw", async () => {
    const model = { rngs: new Rngs(0), dropout: new Dropout(0.5, { rngs: new Rngs(1) }) };
    const copy = view(model, { deterministic: true });
    expect(copy.rngs.stream().count).toBe(model.rngs.stream().count);
    expect(await countOf(model.rngs.stream())).toBe(0);
  });
});

describe("9. a Dropout at two paths", () => {
  test("is one in the view, and either path selects it", () => {
    const dropout = new Dropout(0.5);
    const model = { a: dropout, b: dropout };
    for (const path of ["a", "b"]) {
      const copy = view(model, { deterministic: true }, { only: PathContains(path) });
      expect(copy.a).toBe(copy.b);
      expect([copy.a.deterministic, dropout.deterministic]).toEqual([true, false]);
    }
  });
});

describe("10. recursiveMap with a fresh Param for each Param", () => {
  test("leaves the values of the original alone", async () => {
    const model = new Linear(2, 2, { rngs: new Rngs(0) });
    const before = await valuesOf(model.kernel.value);
    const zeroed = recursiveMap(
      (_path, node) => (node instanceof Param ? new Param(tf.zerosLike(node.value)) : node),
      model,
    );
    expect(await valuesOf(zeroed.kernel.value)).toEqual([0, 0, 0, 0]);
    expect(await valuesOf(model.kernel.value)).toEqual(before);
  });
});

describe("11. unknown modes", () => {
  class Greedy extends Module {
    taken: unknown;
    setView(modes: Readonly<Record<string, unknown>>): void {
      this.taken = modes;
    }
  }

  test("are all listed, sorted", () => {
    const model: Module = new Dropout(0.5);
    expect(() => view(model, { foo: 1, bar: 2 })).toThrow(UnknownModeError);
    expect(() => view(model, { foo: 1, bar: 2 })).toThrow(/unknown modes bar, foo\./);
  });

  test("are not swallowed by a setView that would take any: it declares none (in Flax it hides all typos)", () => {
    const model: Record<string, Module> = { greedy: new Greedy(), dropout: new Dropout(0.5) };
    expect(() => view(model, { deterministc: true })).toThrow(/Did you mean deterministic\?/);
    const copy = view(new Greedy() as Module, { any: 1 }, { raiseIfNotFound: false }) as Greedy;
    expect(copy.taken).toEqual({});
  });
});

describe("12. views and the graph functions", () => {
  test("state paths of a view are the original's; definitions differ as the modes do", () => {
    const model = makeModel();
    const make = (evaluate: boolean) => view(model, { deterministic: evaluate, useRunningAverage: evaluate });
    const pathsOf = (node: object) => [...state(node)].map(([path]) => path);
    expect(pathsOf(make(true))).toEqual(pathsOf(model));
    expect(graphdef(make(true)).equals(graphdef(make(true)))).toBe(true);
    expect(graphdef(make(true)).equals(graphdef(make(false)))).toBe(false);
  });
});
