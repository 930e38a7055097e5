import {
  All,
  BatchNorm,
  BatchStat,
  clone,
  DiffState,
  grad,
  graphdef,
  Linear,
  merge,
  Not,
  Param,
  PathContains,
  Rngs,
  RngState,
  select,
  SelectionError,
  SpectralNorm,
  split,
  State,
  state,
  valueAndGrad,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { makeNet, type Net } from "./models.ts";

const pathsOf = (source: State) => [...source].map(([path]) => path.join("."));
const x = () =>
  tf.tensor2d([
    [1, 2],
    [3, -4],
  ]);
const lossOf = (net: Net) => tf.mean(tf.square(net.forward(x())));
const meanOf = async ({ backbone }: Net) => [...(await backbone.layers[1].mean.value.data())];

describe("a frozen part", () => {
  test("has its Variables marked, in the model itself; random streams are not", () => {
    const net = makeNet();
    expect(select(net).where(PathContains("backbone")).freeze()).toBe(net);
    const frozen = [...state(net)].filter(([, leaf]) => "isFrozen" in leaf && leaf.isFrozen);
    expect(frozen.length).toBe(8);
    expect(frozen.every(([path]) => path[0] === "backbone")).toBe(true);
    expect(frozen.some(([, leaf]) => leaf instanceof RngState)).toBe(false);
    expect(net.backbone.layers[0].kernel.toString()).toBe("Param(float32[2, 3], frozen)");
    select(net).where(true).unfreeze();
    expect(net.backbone.layers[0].kernel.metadata).toEqual({});
  });

  test("stays selected by filters, and is frozen in clones and merged models", () => {
    const net = makeNet();
    select(net).where(PathContains("backbone")).freeze();
    expect(state(net, Param).size).toBe(8);
    expect(clone(net).backbone.layers[0].kernel.isFrozen).toBe(true);
    expect(merge(...split(net), { copy: true }).backbone.layers[0].kernel.isFrozen).toBe(true);
    expect(graphdef(net).equals(graphdef(makeNet()))).toBe(false);
  });

  test("has no gradient, whatever the filter", async () => {
    const net = makeNet();
    select(net).where(PathContains("backbone")).freeze();
    expect(pathsOf(grad(lossOf)(net))).toEqual(["head.bias", "head.kernel"]);
    const every = grad(lossOf, { argnums: new DiffState(0, Not(RngState)) })(net);
    expect(pathsOf(every)).toEqual(["head.bias", "head.kernel"]);
    const [loss, none] = valueAndGrad(lossOf)(select(net).where(true).freeze());
    expect([none.size, Number.isFinite((await loss.data())[0])]).toEqual([0, true]);
  });

  test("costs no backward pass", async () => {
    const kernelsOf = async (net: Net) => {
      const { kernels } = await tf.profile(() => tf.tidy(() => void grad(lossOf)(net)));
      return kernels.filter(({ name }) => /MatMul/.test(name)).length;
    };
    const net = makeNet();
    net.eval();
    const trained = await kernelsOf(net);
    select(net).where(PathContains("backbone")).freeze();
    // Three products forward; backward, one for the head's kernel and none below.
    expect([trained, await kernelsOf(net)]).toEqual([3 + 5, 3 + 1]);
  });

  test("has its BatchNorm stand in evaluation, whatever the mode and the call say", async () => {
    const net = makeNet();
    const free = makeNet();
    select(net).where(PathContains("backbone")).freeze();
    net.train();
    free.train();
    net.forward(x());
    free.forward(x());
    expect(await meanOf(net)).toEqual([0, 0, 0]);
    expect(await meanOf(free)).not.toEqual([0, 0, 0]);
    const [norm] = [net.backbone.layers[1]];
    const input = tf.tensor2d([[1, 2, 3]]);
    await expect(norm.forward(input, { useRunningAverage: false })).toBeAllClose(
      norm.forward(input, { useRunningAverage: true }),
    );
    select(net).where(PathContains("backbone")).unfreeze();
    net.forward(x());
    expect(await meanOf(net)).not.toEqual([0, 0, 0]);
  });

  test("is a BatchNorm as well when all of its parameters are frozen, but not when some are", async () => {
    const [all, some] = [makeNet(), makeNet()];
    select(all).where(Param).freeze();
    select(some)
      .where(All(Param, Not(PathContains("bias"))))
      .freeze();
    all.forward(x());
    some.forward(x());
    expect(await meanOf(all)).toEqual([0, 0, 0]);
    expect(await meanOf(some)).not.toEqual([0, 0, 0]);
  });

  test("can be one Variable", () => {
    const net = makeNet();
    select(net).where(Linear).where(PathContains("head")).freeze();
    expect(pathsOf(grad(lossOf)(net)).filter((path) => path.startsWith("head"))).toEqual([]);
    select(net).where(PathContains("head")).where(PathContains("bias")).unfreeze();
    expect(pathsOf(grad(lossOf)(net)).filter((path) => path.startsWith("head"))).toEqual(["head.bias"]);
  });
});

test("a frozen SpectralNorm keeps its statistics, whatever the call says", async () => {
  const rngs = new Rngs(0);
  const norm = new SpectralNorm(new Linear(2, 2, { rngs }), { rngs });
  const values = async () => {
    const leaves = [...state(norm, BatchStat)].map(([, leaf]) => leaf.value);
    return Promise.all(leaves.map(async (value) => [...(await value.data())]));
  };
  const before = await values();
  select(norm).where(Param).freeze();
  norm.forward(x(), { updateStats: true });
  expect(await values()).toEqual(before);
  select(norm).where(Param).unfreeze();
  norm.forward(x());
  expect(await values()).not.toEqual(before);
});

test("a filter that selects the model beside some of its Variables is refused", () => {
  const net = makeNet();
  const notStats = select(net).where(Not(BatchStat));
  expect(() => notStats.freeze()).toThrow(SelectionError);
  expect(() => notStats.freeze()).toThrow(
    "where(Not(BatchStat)) selects the model itself, with all that is in it, but not backbone.layers.1.mean and 1 " +
      "others by themselves. To freeze only the parameters that the filter selects, add .where(Param).",
  );
  notStats.where(Param).freeze();
  expect(net.head.kernel.isFrozen).toBe(true);
  expect(net.backbone.layers[1].mean.isFrozen).toBe(false);
});

test("freezing what holds no trainable Variables is an error", () => {
  const net = makeNet();
  expect(() => select(net).where("default").freeze()).toThrow(SelectionError);
  expect(() => select(net).where("default").freeze()).toThrow(
    'where("default") selects no Variables that could be trained, so there is nothing to freeze. ' +
      "Select modules or Variables: where(Param).",
  );
  expect(select(net).where(BatchNorm).freeze().backbone.layers[1].var.isFrozen).toBe(true);
});
