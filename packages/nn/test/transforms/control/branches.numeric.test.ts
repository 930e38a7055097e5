/** @file What a tensor chooses, where it can be read at once and where it cannot: the same. */
import { cond, grad, hvp, jvp, remat, Rngs, scan, switchCase, Variable, vjp, vmap } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";

const given = (x: number) => tf.scalar(x);
const isPositive = (x: tf.Tensor) => tf.greater(tf.sum(x), 0);

/** The square root of what has one, and 0 of the rest: the gradient of the other branch is NaN. */
const root = (x: tf.Tensor) =>
  cond(
    isPositive(x),
    (x: tf.Tensor) => tf.sqrt(x),
    (x) => tf.mul(x, 0),
    x,
  );
const cubes = (i: tf.Tensor, x: tf.Tensor) =>
  switchCase(i, [(x: tf.Tensor) => x, (x) => tf.pow(x, 3), (x) => tf.log(x)], x);
const index = (i: number) => tf.scalar(i, "int32");

test("values, whatever the index", async () => {
  for (const [i, expected] of [
    [-3, 2],
    [0, 2],
    [1, 8],
    [2, Math.log(2)],
    [9, Math.log(2)],
  ] as const) {
    await expect(cubes(index(i), given(2))).toBeAllClose([expected]);
  }
});

test("integers, truth values and tensors without elements", async () => {
  const f = (p: tf.Tensor) =>
    cond(
      p,
      () => ({ n: tf.tensor1d([1, 2], "int32"), is: tf.scalar(true), none: tf.zeros([0, 3]) }),
      () => ({ n: tf.tensor1d([3, 4], "int32"), is: tf.scalar(false), none: tf.zeros([0, 3]) }),
    );
  const { n, is, none } = f(isPositive(given(-1)));
  expect([n.dtype, is.dtype, none.shape]).toEqual(["int32", "bool", [0, 3]]);
  expect([...(await n.data())]).toEqual([3, 4]);
  expect([...(await is.data())]).toEqual([0]);
});

test("what one branch writes and draws stays as it is where the other is taken", async () => {
  const variable = new Variable(tf.scalar(1));
  const rngs = new Rngs(0);
  const f = (x: tf.Tensor) =>
    cond(
      isPositive(x),
      (x: tf.Tensor) => {
        variable.value = tf.add(variable.value, x);
        return tf.mul(rngs.uniform([2]), x);
      },
      (x) => tf.mul(tf.ones([2]), x),
      x,
    );
  const counts = async () => [...(await variable.value.data()), ...(await rngs.stream().count.value.data())];
  await expect(f(given(-1))).toBeAllClose([-1, -1]);
  expect(await counts()).toEqual([1, 0]);
  await expect(f(given(2))).toBeAllClose(tf.mul(new Rngs(0).uniform([2]), 2));
  expect(await counts()).toEqual([3, 1]);
});

test("gradients are those of the branch that is taken, without what is NaN in the other", async () => {
  await expect(grad(root)(given(0))).toBeAllClose([0]);
  await expect(grad(root)(given(4))).toBeAllClose([0.25]);
  await expect(vjp(root, [given(-1)])[1](given(1))[0]).toBeAllClose([0]);
  await expect(jvp(root, [given(-1)], [given(1)])[1]).toBeAllClose([0]);
  await expect(grad((x: tf.Tensor) => cubes(index(0), x))(given(-1))).toBeAllClose([1]);
  const around = (x: tf.Tensor) => tf.square(cubes(index(1), x));
  const second = grad((x: tf.Tensor) => tf.square(grad(around)(x)));
  await expect(second(given(0.5))).toBeAllClose([2 * 6 * 0.5 ** 5 * 30 * 0.5 ** 4]);
  await expect(hvp(around, [given(0.5)], [given(1)])).toBeAllClose([30 * 0.5 ** 4]);
  await expect(hvp((x: tf.Tensor) => tf.square(root(x)), [given(-1)], [given(1)])).toBeAllClose([0]);
});

test("within loops, lanes, other branches and what is computed again", async () => {
  const xs = tf.tensor1d([4, -1, 9]);
  const sums = (x: tf.Tensor) =>
    tf.sum(scan((c: tf.Tensor, x: tf.Tensor) => [tf.add(c, root(x)), root(x)] as const, given(0), x)[1]);
  await expect(grad(sums)(xs)).toBeAllClose([1 / 4, 0, 1 / 6]);
  await expect(vmap(root)(xs)).toBeAllClose([2, 0, 3]);
  const shared = vmap((p: tf.Tensor, x: tf.Tensor) => cubes(p, x), { inAxes: [null, 0] });
  await expect(shared(index(1), xs)).toBeAllClose([64, -1, 729]);
  await expect(grad((x: tf.Tensor) => tf.sum(shared(index(0), x)))(xs)).toBeAllClose([1, 1, 1]);
  const nested = (x: tf.Tensor) => cond(isPositive(tf.add(x, 1)), root, (x: tf.Tensor) => tf.neg(x), x);
  await expect(grad(nested)(given(-0.5))).toBeAllClose([0]);
  await expect(grad(nested)(given(-2))).toBeAllClose([-1]);
  await expect(grad(remat(root))(given(-1))).toBeAllClose([0]);
});

test("nothing is left behind", async () => {
  const x = given(4);
  const isTrue = isPositive(x);
  const once = () => {
    cond(
      isTrue,
      (x: tf.Tensor) => tf.sqrt(x),
      () => tf.mul(x, 0),
      x,
    ).dispose();
    grad((x: tf.Tensor) => cubes(index(1), x))(x).dispose();
  };
  tf.tidy(once);
  const before = tf.memory().numTensors;
  cond(
    isTrue,
    (x: tf.Tensor) => tf.sqrt(x),
    () => tf.mul(x, 0),
    x,
  ).dispose();
  expect(tf.memory().numTensors).toBe(before);
  tf.tidy(once);
  expect(tf.memory().numTensors).toBe(before);
  await x.data();
});

test("nothing is read where that would wait", async ({ skip }) => {
  skip(tf.getBackend() !== "webgpu");
  const reads = vi.spyOn(tf.backend(), "readSync");
  const x = given(4);
  await expect(grad((x: tf.Tensor) => tf.square(root(x)))(x)).toBeAllClose([1]);
  expect(reads).not.toHaveBeenCalled();
  reads.mockRestore();
});
