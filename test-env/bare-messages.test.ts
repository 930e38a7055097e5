/** @file What is exported says what it expects when plain JavaScript gives it something else first, or nothing. */
import * as checkpoint from "@nnx-js/checkpoint";
import * as exporting from "@nnx-js/export";
import * as jit from "@nnx-js/jit";
import * as nn from "@nnx-js/nn";
import * as optim from "@nnx-js/optim";
import * as tensor from "@nnx-js/tensor";
import * as train from "@nnx-js/train";
import * as view from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SPACES: Record<string, object> = {
  nn,
  "nn.initializers": nn.initializers,
  optim,
  view,
  checkpoint,
  export: exporting,
  jit,
  train,
  tensor,
  "tensor.random": tensor.random,
};

/** Parts of the protocol between packages, which these call right. */
const BETWEEN_PACKAGES = new Set(
  (
    "adamDirection assertDepth atBoundary batchToSpaceMove bilinearSources childrenOf classNameOf copyValue cover " +
    "denseSlice depthToSpaceMove enterBackend nearestSources rotationFill rotationSources spaceToBatchMove " +
    "spaceToBatchPaddings fitsViewOption formatPath Int8Kernel " +
    "formatViewType guesses interceptVariables madeBy matching outsideTransaction OwnedStore planAttributes " +
    "privateMemberOf registerShapeRule runAbstract setChild transaction transposeInPlace withStore withValues"
  ).split(" "),
);

/** A text is a path to them, and these would write there. */
const WRITE = new Set(["openTarget", "saveSafetensors", "deleteFile", "saveModel"]);

const GIVEN: Record<string, () => unknown[]> = {
  nothing: () => [],
  undefined: () => [undefined],
  null: () => [null],
  "a number": () => [5],
  "a text": () => ["text"],
  "an object": () => [{}],
  "an array": () => [[]],
  "a function": () => [() => {}],
  true: () => [true],
  "a tensor": () => [tf.scalar(1)],
};

/** What the engine itself says of a value that nobody has looked at. */
const BARE =
  /Cannot (?:read|set|destructure|convert|use|add|define|access)|is not (?:a function|iterable|an object|a constructor)|Invalid value used|called on non-object|Maximum call stack|circular structure|Invalid array length|is not defined/;

/** How the engine says that a class needs `new`. */
const isClass = (value: object) => /^class\b/.test(Function.prototype.toString.call(value));

async function messageOf(run: () => unknown): Promise<string> {
  try {
    const result = run();
    if (result instanceof Promise) await result;
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : `no error but ${String(error)}`;
  }
}

beforeEach(() => tf.engine().startScope());
afterEach(() => {
  tf.engine().endScope();
  // Tests after this one count them.
  if (Number.isNaN(tf.memory().numBytes)) throw new Error("there is a tensor of no size");
});

describe.each(Object.entries(SPACES))("%s", (_, exports) => {
  const callable = Object.entries(exports).filter(
    (entry): entry is [string, (...args: unknown[]) => unknown] =>
      typeof entry[1] === "function" &&
      !entry[0].endsWith("Error") &&
      !BETWEEN_PACKAGES.has(entry[0]) &&
      !WRITE.has(entry[0]),
  );
  test.each(callable)("%s", async (_name, fn) => {
    for (const [what, args] of Object.entries(GIVEN)) {
      const run = () => (isClass(fn) ? (Reflect.construct(fn, args()) as unknown) : fn(...args()));
      expect(await messageOf(run), what).not.toMatch(BARE);
    }
  });
});

const rngs = () => new nn.Rngs(0);
const linear = () => new nn.Linear(2, 3, { rngs: rngs() });

describe("methods", () => {
  const LAYERS: Record<string, () => { forward(...args: never[]): unknown }> = {
    Linear: linear,
    LinearGeneral: () => new nn.LinearGeneral(2, 3, { rngs: rngs() }),
    Einsum: () => new nn.Einsum("ab,bc->ac", [2, 3], { rngs: rngs() }),
    Embed: () => new nn.Embed(4, 2, { rngs: rngs() }),
    Conv: () => new nn.Conv(2, 3, [3], { rngs: rngs() }),
    ConvTranspose: () => new nn.ConvTranspose(2, 3, [3], { rngs: rngs() }),
    BatchNorm: () => new nn.BatchNorm(2, { rngs: rngs() }),
    LayerNorm: () => new nn.LayerNorm(2, { rngs: rngs() }),
    RMSNorm: () => new nn.RMSNorm(2, { rngs: rngs() }),
    GroupNorm: () => new nn.GroupNorm(2, { numGroups: 1, rngs: rngs() }),
    InstanceNorm: () => new nn.InstanceNorm(2, { rngs: rngs() }),
    Dropout: () => new nn.Dropout(0.5, { rngs: rngs() }),
    PReLU: () => new nn.PReLU(),
    LoRA: () => new nn.LoRA(2, 1, 3, { rngs: rngs() }),
    LoRALinear: () => new nn.LoRALinear(2, 3, { loraRank: 1, rngs: rngs() }),
    MultiHeadAttention: () => new nn.MultiHeadAttention(1, 2, { decode: false, rngs: rngs() }),
    LSTMCell: () => new nn.LSTMCell(2, 3, { rngs: rngs() }),
    OptimizedLSTMCell: () => new nn.OptimizedLSTMCell(2, 3, { rngs: rngs() }),
    GRUCell: () => new nn.GRUCell(2, 3, { rngs: rngs() }),
    SimpleCell: () => new nn.SimpleCell(2, 3, { rngs: rngs() }),
    RNN: () => new nn.RNN(new nn.GRUCell(2, 3, { rngs: rngs() }), { rngs: rngs() }),
    Sequential: () => new nn.Sequential(linear()),
    SpectralNorm: () => new nn.SpectralNorm(linear(), { rngs: rngs() }),
    WeightNorm: () => new nn.WeightNorm(linear(), { rngs: rngs() }),
  };
  test.each(Object.entries(LAYERS))("%s.forward", async (_, make) => {
    for (const [what, args] of Object.entries(GIVEN)) {
      const layer = make();
      expect(await messageOf(() => layer.forward(...(args() as never[]))), what).not.toMatch(BARE);
    }
  });

  const METHODS: Record<string, () => (...args: never[]) => unknown> = {
    "Optimizer.update": () => {
      const model = linear();
      const optimizer = new optim.Optimizer(model, optim.adam(1e-3), { wrt: nn.Param });
      return (...args: [nn.Linear, nn.State]) => optimizer.update(...args);
    },
    "State.get": () => (key) => nn.state(linear()).get(key),
    "State.set": () => (path, leaf) => nn.state(linear()).set(path, leaf),
    "Average.update": () => (values) => new nn.Average().update(values),
    "Accuracy.update": () => (values) => new nn.Accuracy().update(values),
    "Welford.update": () => (values) => new nn.Welford().update(values),
    "MultiMetric.update": () => (values) =>
      new nn.MultiMetric({ loss: new nn.Average("loss") }).update(values),
    "EMA.update": () => (model) => new nn.EMA(linear(), 0.9).update(model),
    "Selection.where": () => (filter) => nn.select(linear()).where(filter),
    Param: () => (value) => new nn.Param(value),
    "Param.value": () => (value) => (new nn.Param(tf.scalar(1)).value = value),
    "transformation.init": () => (params) => optim.adam(1e-3).init(params),
    "transformation.update": () => (updates) => optim.clipByGlobalNorm(1).update(updates, {}),
  };
  test.each(Object.entries(METHODS))("%s", async (_, make) => {
    for (const [what, args] of Object.entries(GIVEN)) {
      const method = make();
      expect(await messageOf(() => method(...(args() as never[]))), what).not.toMatch(BARE);
    }
  });
});
