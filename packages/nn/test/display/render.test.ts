import { inspect } from "node:util";
import {
  BatchNorm,
  clone,
  Dict,
  display,
  Dropout,
  evalShape,
  grad,
  Linear,
  List,
  Module,
  Param,
  relu,
  Rngs,
  Sequential,
  state,
} from "@nnx-js/nn";
import golden from "@nnx-js/testing/golden/view.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test, vi } from "vitest";

class Node extends Module {
  [name: string]: unknown;
}

function node(attributes: Record<string, unknown>): Node {
  return Object.assign(new Node(), attributes);
}

function makeModel() {
  const { rngs } = { rngs: new Rngs(0) };
  return new Sequential(new Linear(2, 4, { rngs }), new BatchNorm(4, { rngs }), new Dropout(0.1));
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the tree of a model", () => {
  test("has Flax's counts and bytes at each module", () => {
    const flax = golden.repr.sequential
      .split("\n")
      .flatMap((line) => /^ *(?:\w+=)?(\w+)\( (# .*)$/.exec(line) ?? []);
    const summaries = flax.filter((part) => part.startsWith("# ") && part.includes(":"));
    expect(summaries[0]).toBe("# Param: 20 (80 B), BatchStat: 8 (32 B), Total: 28 (112 B)");
    const text = String(makeModel());
    for (const summary of summaries) expect(text).toContain(`{ ${summary}`);
  });

  test("shows classes, shapes, modes and settings, two spaces a level", () => {
    expect(String(makeModel())).toMatchInlineSnapshot(`
      "Sequential { # Param: 20 (80 B), BatchStat: 8 (32 B), Total: 28 (112 B)
        layers: [
          Linear { # Param: 12 (48 B)
            inFeatures: 2
            outFeatures: 4
            useBias: true
            kernel: Param(float32[2, 4]) # 8 (32 B)
            bias: Param(float32[4]) # 4 (16 B)
          }
          BatchNorm { # Param: 8 (32 B), BatchStat: 8 (32 B), Total: 16 (64 B)
            numFeatures: 4
            useRunningAverage: false
            axis: -1
            momentum: 0.99
            epsilon: 0.00001
            useFastVariance: true
            mean: BatchStat(float32[4]) # 4 (16 B)
            var: BatchStat(float32[4]) # 4 (16 B)
            scale: Param(float32[4]) # 4 (16 B)
            bias: Param(float32[4]) # 4 (16 B)
          }
          Dropout {
            rate: 0.1
            broadcastDims: []
            deterministic: false
            rngCollection: "dropout"
            rngs: undefined
          }
        ]
      }"
    `);
  });

  test("is what util.inspect and display print", () => {
    const model = makeModel();
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    display(model, "text", state(model, Param));
    expect(log.mock.calls).toEqual([[String(model)], ['"text"'], [String(state(model, Param))]]);
    expect(inspect(model)).toBe(String(model));
  });

  test("of gradients lists paths and shapes", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    display(
      grad((model: Linear) => tf.sum(model.forward(tf.ones([1, 2]))))(
        new Linear(2, 3, { rngs: new Rngs(0) }),
      ),
    );
    expect(log.mock.calls).toEqual([
      ["State {\n  bias: Param(float32[3]),\n  kernel: Param(float32[2, 3])\n}"],
    ]);
  });

  test("reads no value, and makes no tensor", () => {
    const model = makeModel();
    const tensors = node({ table: tf.ones([3]), list: [tf.ones([2])] });
    const { numTensors } = tf.memory();
    const reads = [
      vi.spyOn(tf.engine(), "readSync"),
      vi.spyOn(tf.engine(), "read"),
      vi.spyOn(tf.Tensor.prototype, "dataSync"),
      vi.spyOn(tf.Tensor.prototype, "toString"),
    ];
    inspect(model, { depth: null });
    String(tensors);
    for (const read of reads) expect(read).not.toHaveBeenCalled();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test("is the same for an abstract model", () => {
    expect(String(evalShape(makeModel))).toBe(String(clone(makeModel())));
  });
});

describe("parts of a tree", () => {
  test("cycles and parts shown before are cut", () => {
    const model = node({});
    model["self"] = model;
    const shared = node({ n: 1 });
    model["a"] = shared;
    model["b"] = [shared];
    expect(String(model)).toBe(
      "Node {\n  self: Node { … }\n  a: Node {\n    n: 1\n  }\n  b: [\n    Node { … }\n  ]\n}",
    );
  });

  test("static values that hold themselves are cut", () => {
    const config: Record<string, unknown> = { sizes: [1, 2] };
    config["self"] = config;
    expect(String(node({ config }))).toBe("Node {\n  config: { sizes: [1, 2], self: … }\n}");
  });

  test("static values of all sorts are shown on one line", () => {
    class Custom {
      secret = 1;
    }
    const text = String(
      node({
        a: "text",
        b: null,
        c: undefined,
        d: relu,
        e: new Custom(),
        f: new Map([[1, 2]]),
        g: 3n,
        h: Object.create(null),
        i: Symbol("s"),
        j: [],
        k: () => 1,
      }),
    );
    expect(text.split("\n").slice(1, -1)).toEqual([
      '  a: "text"',
      "  b: null",
      "  c: undefined",
      "  d: [function relu]",
      "  e: [Custom]",
      "  f: Map(1)",
      "  g: 3",
      "  h: {  }",
      "  i: Symbol(s)",
      "  j: []",
      "  k: [function k]",
    ]);
  });

  test("containers have brackets of their own, Lists and Dicts their names", () => {
    const p = new Param(tf.zeros([1]));
    expect(
      String(node({ a: [p], d: new Dict({ p }), l: new List([p]), m: new Map([["p", p]]), o: { p } })),
    ).toBe(
      [
        "Node { # Param: 1 (4 B)",
        "  a: [",
        "    Param(float32[1]) # 1 (4 B)",
        "  ]",
        "  d: Dict { # Param: 1 (4 B)",
        "    p: Param(float32[1]) # 1 (4 B)",
        "  }",
        "  l: List { # Param: 1 (4 B)",
        "    0: Param(float32[1]) # 1 (4 B)",
        "  }",
        "  m: Map {",
        "    p: Param(float32[1]) # 1 (4 B)",
        "  }",
        "  o: {",
        "    p: Param(float32[1]) # 1 (4 B)",
        "  }",
        "}",
      ].join("\n"),
    );
  });

  test("attributes whose names begin with an underscore are hidden, unless they hold data", () => {
    expect(String(node({ _cache: 1, _w: new Param(tf.zeros([1])) }))).toBe(
      "Node { # Param: 1 (4 B)\n  _w: Param(float32[1]) # 1 (4 B)\n}",
    );
  });

  test("keys and counts of streams are counted together, large numbers get commas and units", () => {
    expect(String(new Rngs(0)).split("\n")[0]).toBe("Rngs { # RngState: 3 (12 B)");
    const big = evalShape(() => new Linear(1000, 2000, { rngs: new Rngs(0) }));
    expect(String(big).split("\n")[0]).toBe("Linear { # Param: 2,002,000 (8.0 MB)");
  });
});
