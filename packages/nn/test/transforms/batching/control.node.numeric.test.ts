/** @file Loops and branches in lanes give what they give lane by lane. */
import { cond, foriLoop, grad, psum, scan, switchCase, vmap, whileLoop } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";

const values = async (...tensors: tf.Tensor[]) => {
  const all = await Promise.all(tensors.map((tensor) => tensor.data()));
  return all.flatMap((each) => Array.from(each, (x) => Number(x.toFixed(4))));
};
const makeXs = () => tf.tensor2d([1, 2, 3, 0.5, -1, 2], [2, 3]);
const makeScalars = () => tf.tensor1d([1, 5, -3]);

/** A sum that forgets, and each of its terms. */
const run = (x: tf.Tensor, decay: tf.Tensor): [tf.Tensor, tf.Tensor] =>
  scan(
    (c: tf.Tensor, y: tf.Tensor): [tf.Tensor, tf.Tensor] => {
      const next = tf.add(tf.mul(c, decay), tf.square(y));
      return [next, tf.mul(next, 2)];
    },
    tf.scalar(0),
    x,
  ) as [tf.Tensor, tf.Tensor];

test("a scan of lanes, of which each has a sequence or a constant of its own", async () => {
  const xs = makeXs();
  const lanes = vmap(run, { inAxes: [0, null] });
  const half = tf.scalar(0.5);
  const each = [0, 1].map((n) => run(tf.reshape(tf.slice(xs, [n, 0], [1, 3]), [3]), half));
  const [last, ys] = lanes(xs, half);
  expect(await values(last)).toEqual(await values(...each.map(([c]) => c)));
  expect(ys.shape).toEqual([2, 3]);
  expect(await values(ys)).toEqual(await values(...each.map(([, y]) => y)));
  const x = tf.tensor1d([1, 2, 3]);
  const decays = tf.tensor1d([0.5, 2]);
  const [, own] = vmap(run, { inAxes: [null, 0] })(x, decays);
  expect(await values(own)).toEqual(await values(...[0.5, 2].map((d) => run(x, tf.scalar(d))[1])));
});

test("gradients around and inside", async () => {
  const xs = makeXs();
  const loss = (x: tf.Tensor, decay: tf.Tensor) => tf.sum<tf.Scalar>(tf.square(run(x, decay)[1]));
  const half = tf.scalar(0.5);
  const each = [0, 1].map((n) => tf.grads(loss)([tf.reshape(tf.slice(xs, [n, 0], [1, 3]), [3]), half]));
  const [dx, dd] = vmap((x: tf.Tensor, d: tf.Tensor) => tf.grads(loss)([x, d]), { inAxes: [0, null] })(
    xs,
    half,
  );
  expect(await values(dx!)).toEqual(await values(...each.map(([x]) => x!)));
  expect(await values(dd!)).toEqual(await values(...each.map(([, d]) => d!)));
  const whole = tf.grads((x, d) => tf.sum<tf.Scalar>(vmap(loss, { inAxes: [0, null] })(x, d)))([xs, half]);
  expect(await values(whole[0]!)).toEqual(await values(dx!));
  await expect(whole[1]!).toBeAllClose(tf.sum(dd!));
});

// There, the condition of a loop cannot be read at once.
test.skipIf(inject("backend") === "webgpu")("a loop goes on until the last lane is done", async () => {
  const doubled = (x: tf.Tensor) =>
    whileLoop(
      (y: tf.Tensor) => tf.less(y, 100),
      (y: tf.Tensor) => tf.mul(y, 2),
      x,
    );
  expect(await values(vmap(doubled)(tf.tensor1d([1, 60, 300])))).toEqual([128, 120, 300]);
});

test("a loop that counts, in lanes", async () => {
  const scalars = makeScalars();
  const counted = vmap((x: tf.Tensor) =>
    foriLoop(0, 3, (i: tf.Tensor, y: tf.Tensor) => tf.add(y, tf.cast(i, "float32")), x),
  );
  expect(await values(counted(scalars))).toEqual([4, 8, 0]);
});

test("each lane takes its own branch", async () => {
  const scalars = makeScalars();
  const f = (x: tf.Tensor) =>
    cond(
      tf.greater(x, 0),
      (y: tf.Tensor) => tf.mul(y, 2),
      (y: tf.Tensor) => tf.sub(y, 1),
      x,
    );
  expect(await values(vmap(f)(scalars))).toEqual([2, 10, -4]);
  const shared = (p: tf.Tensor, x: tf.Tensor) =>
    cond(
      p,
      (y: tf.Tensor) => tf.mul(y, 2),
      (y: tf.Tensor) => tf.sub(y, 1),
      x,
    );
  expect(await values(vmap(shared, { inAxes: [null, 0] })(tf.scalar(false, "bool"), scalars))).toEqual([
    0, 4, -4,
  ]);
  const pick = (i: tf.Tensor) =>
    switchCase(
      i,
      [(y: tf.Tensor) => y, (y: tf.Tensor) => tf.square(y), (y: tf.Tensor) => tf.neg(y)],
      tf.scalar(3),
    );
  expect(await values(vmap(pick)(tf.tensor1d([0, 1, 2, 7], "int32")))).toEqual([3, 9, -3, -3]);
});

test("what is inside works over the lanes", async () => {
  const f = (x: tf.Tensor) => foriLoop(0, 2, (_i: tf.Tensor, y: tf.Tensor) => tf.div(y, psum(y, "lane")), x);
  expect(await values(vmap(f, { axisName: "lane" })(tf.tensor1d([1, 3])))).toEqual([0.25, 0.75]);
});

test("gradients pass through what a lane takes: those of other branches may be NaN there", async () => {
  const root = (x: tf.Tensor, w: tf.Tensor) =>
    cond(
      tf.greater(x, 0),
      (x: tf.Tensor, w: tf.Tensor) => tf.sqrt(tf.mul(x, w)),
      (x, w) => tf.mul(x, w),
      x,
      w,
    );
  const loss = (x: tf.Tensor, w: tf.Tensor) => tf.sum(vmap(root, { inAxes: [0, null] })(x, w));
  const [x, w] = [tf.tensor1d([4, -1, 0, 9]), tf.scalar(4)];
  const [dx, dw] = grad(loss, { argnums: [0, 1] })(x, w);
  await expect(dx).toBeAllClose([0.5, 4, 4, 1 / 3]);
  await expect(dw).toBeAllClose([2 / 4 - 1 + 0 + 3 / 4]);
  const second = grad((x: tf.Tensor) => tf.sum(tf.square(grad(loss)(x, w))));
  await expect(second(x)).toBeAllClose([-1 / 16, 0, 0, -1 / 81], { rtol: 1e-4 });
});
