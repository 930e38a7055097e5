import {
  addDecayedWeights,
  adamw,
  applyUpdates,
  chain,
  clip,
  clipByGlobalNorm,
  globalNorm,
  identity,
  scale,
  scaleByAdam,
  sgd,
  trace,
  treeMapWithPath,
} from "@nnx-js/optim";
import { MissingArgumentError, GraphStructureError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const NAN = Number.NaN;

function clipTo(maxNorm: number, updates: tf.Tensor): tf.Tensor {
  const tx = clipByGlobalNorm(maxNorm);
  return tx.update({ updates }, tx.init({ updates }))[0].updates;
}

function makeParams() {
  return { kernel: tf.tensor1d([1, 2]), bias: tf.tensor1d([4]) };
}

function zeroUpdates() {
  return { kernel: tf.zeros([2]), bias: tf.zeros([1]) };
}

test("identity hands updates through untouched", () => {
  const updates = { a: tf.tensor1d([1, 2]) };
  const tx = identity();
  expect(tx.update(updates, tx.init(updates))[0]).toBe(updates);
});

test("scale multiplies every leaf of a tree of arrays and objects", async () => {
  const tx = scale(-2);
  const tree = { list: [tf.scalar(1), { deep: tf.tensor1d([2, 3]) }] as const };
  const [{ list }] = tx.update(tree, tx.init(tree));
  await expect(list[0]).toBeAllClose([-2]);
  await expect(list[1].deep).toBeAllClose([-4, -6]);
});

test("trace remembers a decaying sum", async () => {
  const tx = trace(0.5);
  let state = tx.init(tf.scalar(0));
  for (const expected of [1, 1.5, 1.75]) {
    const [updates, next] = tx.update(tf.scalar(1), state);
    state = next;
    await expect(updates).toBeAllClose([expected]);
  }
});

test("globalNorm is the length over all leaves", async () => {
  await expect(globalNorm({ a: tf.tensor1d([2, -1]), b: [tf.scalar(2)] })).toBeAllClose([3]);
  await expect(globalNorm({})).toBeAllClose([0]);
  await expect(globalNorm([tf.zeros([2]), tf.zeros([0])])).toBeAllClose([0]);
  await expect(globalNorm([tf.tensor1d([3e19]), tf.scalar(4e19)])).toBeAllClose([5e19]);
  await expect(globalNorm([tf.tensor1d([3e-23]), tf.scalar(-4e-23)])).toBeAllClose([5e-23], { atol: 0 });
  await expect(globalNorm(tf.tensor1d([1, Infinity]))).toBeAllClose([Infinity]);
});

describe("clipByGlobalNorm", () => {
  test("shortens long updates and keeps their direction", async () => {
    await expect(clipTo(1, tf.tensor1d([3, -4]))).toBeAllClose([0.6, -0.8]);
  });

  test("leaves short and zero updates exactly as they are", async () => {
    await expect(clipTo(5.1, tf.tensor1d([3, -4]))).toBeAllClose([3, -4], { rtol: 0, atol: 0 });
    await expect(clipTo(1, tf.tensor1d([0, 0]))).toBeAllClose([0, 0], { rtol: 0, atol: 0 });
  });

  test("leaves zeros zeros for a norm of 0, and makes zeros of the rest", async () => {
    await expect(clipTo(0, tf.tensor1d([0, 0]))).toBeAllClose([0, 0], { rtol: 0, atol: 0 });
    await expect(clipTo(0, tf.tensor1d([3, -4]))).toBeAllClose([0, 0], { rtol: 0, atol: 0 });
  });

  test("clips updates of any size, whose squares or whose norm are beyond float32", async () => {
    await expect(clipTo(1, tf.tensor1d([3e19, -4e19]))).toBeAllClose([0.6, -0.8]);
    await expect(clipTo(1, tf.tensor1d([3e-23, -4e-23]))).toBeAllClose([3e-23, -4e-23], { atol: 0 });
    await expect(clipTo(1e-24, tf.tensor1d([3e-23, -4e-23]))).toBeAllClose([0.6e-24, -0.8e-24], { atol: 0 });
    await expect(clipTo(1, tf.tensor1d([3e38, -3e38]))).toBeAllClose([Math.SQRT1_2, -Math.SQRT1_2]);
    await expect(clipTo(1, tf.tensor1d([Infinity, 1]))).toBeAllClose([NAN, 0]);
  });

  test("has a gradient at zero: meta-learning differentiates updates", async () => {
    const gradient = tf.grad((x) => tf.sum(clipTo(1, x)))(tf.zeros([2]));
    await expect(gradient).toBeAllClose([1, 1]);
    await expect(tf.grad((x) => globalNorm(x))(tf.zeros([2]))).toBeAllClose([0, 0]);
    await expect(tf.grad((x) => globalNorm(x))(tf.tensor1d([3e19, 4e19]))).toBeAllClose([0.6, 0.8]);
  });

  test("makes everything NaN when one element is, as in Optax", async () => {
    await expect(clipTo(1, tf.tensor1d([3, NAN]))).toBeAllClose([NAN, NAN]);
  });
});

describe("clip", () => {
  test("bounds each element and keeps NaN", async () => {
    const tx = clip(1);
    const updates = tf.tensor1d([-3, -0.5, NAN, 0, 2, Infinity, -Infinity]);
    await expect(tx.update(updates, tx.init(updates))[0]).toBeAllClose([-1, -0.5, NAN, 0, 1, 1, -1]);
  });
});

describe("addDecayedWeights", () => {
  test("adds a share of each parameter", async () => {
    const params = makeParams();
    const tx = addDecayedWeights(0.5);
    const [{ kernel, bias }] = tx.update(zeroUpdates(), tx.init(params), params);
    await expect(kernel).toBeAllClose([0.5, 1]);
    await expect(bias).toBeAllClose([2]);
  });

  test.each([
    ["a tree of booleans", { kernel: true, bias: false }],
    [
      "a function",
      (tree: ReturnType<typeof makeParams>) => treeMapWithPath((path) => path.at(-1) === "kernel", tree),
    ],
  ])("leaves out what %s masks", async (_kind, mask) => {
    const params = makeParams();
    const tx = addDecayedWeights(0.5, { mask: mask as never });
    const [{ kernel, bias }] = tx.update(zeroUpdates(), tx.init(params), params);
    await expect(kernel).toBeAllClose([0.5, 1]);
    await expect(bias).toBeAllClose([0]);
  });

  test("takes one boolean of the mask for a whole subtree", async () => {
    const params = makeParams();
    const tx = addDecayedWeights(1, { mask: { a: false, b: true } });
    const trees = { a: params, b: params };
    const [decayed] = tx.update({ a: zeroUpdates(), b: zeroUpdates() }, tx.init(trees), trees);
    await expect(decayed.a.kernel).toBeAllClose([0, 0]);
    await expect(decayed.b.kernel).toBeAllClose([1, 2]);
  });

  test("refuses a mask that forgets a parameter, and names it", () => {
    const params = makeParams();
    const tx = addDecayedWeights(1, { mask: { kernel: true } });
    expect(() => tx.update(zeroUpdates(), tx.init(params), params)).toThrow(GraphStructureError);
    expect(() => tx.update(zeroUpdates(), tx.init(params), params)).toThrow(
      /mask: expected true or false for bias, got nothing/,
    );
  });

  test("refuses an update without the parameters", () => {
    const params = makeParams();
    const tx = addDecayedWeights(1);
    expect(() => tx.update(zeroUpdates(), tx.init(params))).toThrow(MissingArgumentError);
  });

  test("is how adamw decays, under a mask too", async () => {
    const params = makeParams();
    const tx = adamw(0.1, { weightDecay: 0.5, mask: { kernel: true, bias: false } });
    const [{ kernel, bias }] = tx.update(zeroUpdates(), tx.init(params), params);
    await expect(kernel).toBeAllClose([-0.05, -0.1]);
    await expect(bias).toBeAllClose([0]);
  });
});

test("a NaN gradient makes its parameter NaN and no other", async () => {
  const tx = chain(scaleByAdam(), scale(-0.1));
  const params = tf.tensor1d([1, 2]);
  const [updates] = tx.update(tf.tensor1d([NAN, 1]), tx.init(params), params);
  await expect(applyUpdates(params, updates)).toBeAllClose([NAN, 1.9]);
});

test("an update with gradients of another structure names where it differs", () => {
  const tx = sgd(0.1, { momentum: 0.9 });
  const state = tx.init({ a: { w: tf.scalar(1), b: tf.scalar(1) } });
  expect(() => tx.update({ a: { w: tf.scalar(1) } }, state)).toThrow(
    /trees differ at a: expected an object with the keys w, got an object with the keys w, b/,
  );
  expect(() => tx.update({ a: [tf.scalar(1)] }, state)).toThrow(/expected an array of 1/);
});
