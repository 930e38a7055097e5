import {
  BatchNorm,
  Conv,
  Dropout,
  evalShape,
  InvalidArgumentError,
  iterVariables,
  Linear,
  Module,
  Param,
  relu,
  Rngs,
  Sequential,
  ShapeMismatchError,
  summarize,
  tabulate,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class Block extends Module {
  readonly linear: Linear;
  readonly bn: BatchNorm;
  readonly dropout: Dropout;

  constructor(inFeatures: number, outFeatures: number, rngs: Rngs) {
    super();
    this.linear = new Linear(inFeatures, outFeatures, { rngs });
    this.bn = new BatchNorm(outFeatures, { rngs });
    this.dropout = new Dropout(0.2, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return relu(this.dropout.forward(this.bn.forward(this.linear.forward(x))));
  }
}

class Foo extends Module {
  readonly block1: Block;
  readonly block2: Block;

  constructor(rngs: Rngs) {
    super();
    this.block1 = new Block(32, 128, rngs);
    this.block2 = new Block(128, 10, rngs);
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.block2.forward(this.block1.forward(x));
  }

  embed(x: tf.Tensor): tf.Tensor[] {
    const h = this.block1.forward(x);
    return [h, this.block1.forward(x)];
  }
}

const foo = () => new Foo(new Rngs(0));

test("shows what each module takes, gives and holds, as Flax does", () => {
  expect(`\n${tabulate(foo(), tf.ones([1, 32]))}`).toMatchInlineSnapshot(`
    "
                                                             Foo Summary
    ┏━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━┓
    ┃ path           ┃ type      ┃ inputs          ┃ outputs         ┃ BatchStat          ┃ Param                    ┃ RngState ┃
    ┡━━━━━━━━━━━━━━━━╇━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━┩
    │                │ Foo       │ float32[1, 32]  │ float32[1, 10]  │ 276 (1.1 KB)       │ 5,790 (23.2 KB)          │ 6 (24 B) │
    ├────────────────┼───────────┼─────────────────┼─────────────────┼────────────────────┼──────────────────────────┼──────────┤
    │ block1         │ Block     │ float32[1, 32]  │ float32[1, 128] │ 256 (1.0 KB)       │ 4,480 (17.9 KB)          │ 3 (12 B) │
    ├────────────────┼───────────┼─────────────────┼─────────────────┼────────────────────┼──────────────────────────┼──────────┤
    │ block1.linear  │ Linear    │ float32[1, 32]  │ float32[1, 128] │                    │ bias: float32[128]       │          │
    │                │           │                 │                 │                    │ kernel: float32[32, 128] │          │
    │                │           │                 │                 │                    │                          │          │
    │                │           │                 │                 │                    │ 4,224 (16.9 KB)          │          │
    ├────────────────┼───────────┼─────────────────┼─────────────────┼────────────────────┼──────────────────────────┼──────────┤
    │ block1.bn      │ BatchNorm │ float32[1, 128] │ float32[1, 128] │ mean: float32[128] │ bias: float32[128]       │          │
    │                │           │                 │                 │ var: float32[128]  │ scale: float32[128]      │          │
    │                │           │                 │                 │                    │                          │          │
    │                │           │                 │                 │ 256 (1.0 KB)       │ 256 (1.0 KB)             │          │
    ├────────────────┼───────────┼─────────────────┼─────────────────┼────────────────────┼──────────────────────────┼──────────┤
    │ block1.dropout │ Dropout   │ float32[1, 128] │ float32[1, 128] │                    │                          │ 3 (12 B) │
    ├────────────────┼───────────┼─────────────────┼─────────────────┼────────────────────┼──────────────────────────┼──────────┤
    │ block2         │ Block     │ float32[1, 128] │ float32[1, 10]  │ 20 (80 B)          │ 1,310 (5.2 KB)           │ 3 (12 B) │
    ├────────────────┼───────────┼─────────────────┼─────────────────┼────────────────────┼──────────────────────────┼──────────┤
    │ block2.linear  │ Linear    │ float32[1, 128] │ float32[1, 10]  │                    │ bias: float32[10]        │          │
    │                │           │                 │                 │                    │ kernel: float32[128, 10] │          │
    │                │           │                 │                 │                    │                          │          │
    │                │           │                 │                 │                    │ 1,290 (5.2 KB)           │          │
    ├────────────────┼───────────┼─────────────────┼─────────────────┼────────────────────┼──────────────────────────┼──────────┤
    │ block2.bn      │ BatchNorm │ float32[1, 10]  │ float32[1, 10]  │ mean: float32[10]  │ bias: float32[10]        │          │
    │                │           │                 │                 │ var: float32[10]   │ scale: float32[10]       │          │
    │                │           │                 │                 │                    │                          │          │
    │                │           │                 │                 │ 20 (80 B)          │ 20 (80 B)                │          │
    ├────────────────┼───────────┼─────────────────┼─────────────────┼────────────────────┼──────────────────────────┼──────────┤
    │ block2.dropout │ Dropout   │ float32[1, 10]  │ float32[1, 10]  │                    │                          │ 3 (12 B) │
    ├────────────────┼───────────┼─────────────────┼─────────────────┼────────────────────┼──────────────────────────┼──────────┤
    │                │           │                 │ Total           │ 276 (1.1 KB)       │ 5,790 (23.2 KB)          │ 6 (24 B) │
    └────────────────┴───────────┴─────────────────┴─────────────────┴────────────────────┴──────────────────────────┴──────────┘
                                                  Total Parameters: 6,072 (24.3 KB)"
  `);
});

describe("options", () => {
  test("depth leaves out what is deeper", () => {
    const paths = (depth: number) =>
      summarize(foo(), tf.ones([1, 32]), { depth }).rows.map(({ path }) => path.join("."));
    expect(paths(0)).toEqual([""]);
    expect(paths(1)).toEqual(["", "block1", "block2"]);
    expect(paths(2)).toHaveLength(9);
    expect(tabulate(foo(), tf.ones([1, 32]), { depth: 0 })).toContain("5,790 (23.2 KB)");
  });

  test("method is called instead of forward; a call like one before is left out", () => {
    const { rows } = summarize(foo(), tf.ones([1, 32]), { method: "embed", depth: 1 });
    expect(rows.map(({ path, outputs }) => [path, outputs])).toEqual([
      [["embed"], "- float32[1, 128]\n- float32[1, 128]"],
      [["block1"], "float32[1, 128]"],
    ]);
  });
});

test("shared modules and Variables are counted once", () => {
  const rngs = new Rngs(0);
  const shared = new Linear(4, 4, { rngs });
  class Twice extends Module {
    readonly a = shared;
    readonly b = shared;
    readonly scales = [new Param(tf.ones([4])), shared.bias];
    forward(x: tf.Tensor): tf.Tensor {
      return tf.mul(this.b.forward(tf.square(this.a.forward(x))), this.scales[0]!.value);
    }
  }
  const { rows, total } = summarize(new Twice(), { shape: [2, 4], dtype: "float32" });
  expect(rows.map(({ path }) => path)).toEqual([[], ["a"]]);
  expect(rows[0]!.variables.map(([name]) => name)).toEqual(["scales.0"]);
  expect(total).toEqual({ count: 24, bytes: 96 });
});

test("other arguments are shown, and may hold shapes", () => {
  class Options extends Module {
    forward(x: [tf.Tensor, tf.Tensor], options: { mask: tf.Tensor; rngs?: Rngs; name: string }): tf.Tensor {
      return tf.add(tf.mul(x[0], options.mask), x[1]);
    }
  }
  const shape = { shape: [2], dtype: "float32" };
  const { rows } = summarize(new Options(), [shape, tf.ones([2])], {
    mask: shape,
    rngs: new Rngs(0),
    name: "x",
  });
  expect(rows[0]!.inputs).toBe(
    '- - float32[2]\n  - float32[2]\n- mask: float32[2]\n  rngs: Rngs(…)\n  name: "x"',
  );
});

test("it has no side effects: no value, random count or attribute changes, and no tensor is left", async () => {
  const model = foo();
  const values = () => Promise.all(iterVariables(model).map(async ([, variable]) => variable.value.data()));
  const [text, before] = [String(model), (await values()).map((value) => Array.from(value))];
  const versions = iterVariables(model).map(([, variable]) => variable.version);
  const x = tf.ones([1, 32]);
  const { numTensors } = tf.memory();
  tabulate(model, x);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(iterVariables(model).map(([, variable]) => variable.version)).toEqual(versions);
  expect((await values()).map((value) => Array.from(value))).toEqual(before);
  expect(String(model)).toBe(text);
});

test("a model of 100 million parameters takes no memory, neither built nor shown", () => {
  const before = tf.memory();
  const start = performance.now();
  const model = evalShape(() => {
    const rngs = new Rngs(0);
    const blocks = Array.from(
      { length: 12 },
      () => new Sequential(new Linear(1024, 4096, { rngs }), new Linear(4096, 1024, { rngs })),
    );
    return new Sequential(...blocks);
  });
  const text = tabulate(model, { shape: [8, 1024], dtype: "float32" });
  // A bound against real arithmetic, which would take minutes; it is done in a fraction of a second.
  expect(performance.now() - start).toBeLessThan(20_000);
  expect(text).toContain("Total Parameters: 100,724,736 (402.9 MB)");
  expect(text.split("\n").filter((line) => line.includes(" Linear "))).toHaveLength(24);
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numBytes).toBe(before.numBytes);
});

describe("what cannot be shown is refused with a repair", () => {
  test("a method that is not there, and what is no Module", () => {
    expect(() => tabulate(foo(), tf.ones([1, 32]), { method: "encode" })).toThrow(InvalidArgumentError);
    expect(() => tabulate(foo(), tf.ones([1, 32]), { method: "encode" })).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: Foo: expected a method encode, got undefined. Name the one to call: tabulate(model, x, { method: "encode" }).]`,
    );
    // @ts-expect-error: a Module is expected
    expect(() => tabulate({}, tf.ones([1]))).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: tabulate: expected a Module, got object. Write tabulate(model, x).]`,
    );
  });

  test("inputs that do not fit, with the path of the layer", () => {
    expect(() => tabulate(foo(), tf.ones([1, 31]))).toThrow(ShapeMismatchError);
    expect(() => tabulate(foo(), tf.ones([1, 31]))).toThrow("block1.linear (Linear): expected last axis 32");
  });
});

test("a tensor that a model made for itself stands for its shape in an abstract one", () => {
  const model = evalShape(
    () => new Conv(2, 4, [3], { mask: tf.linalg.bandPart(tf.ones([3, 2, 4]), -1, 0), rngs: new Rngs(0) }),
  );
  const [row] = summarize(model, { shape: [1, 8, 2], dtype: "float32" }).rows;
  expect(row!.outputs).toBe("float32[1, 8, 4]");
  expect(model.mask).toEqual({ shape: [3, 2, 4], dtype: "float32" });
});
