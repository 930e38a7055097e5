import { axisIndex, cond, customVjp, grad, Linear, pmean, psum, remat, Rngs, scan, vmap } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const none = () => tf.zeros([0, 3]);
const layer = () => new Linear(3, 2, { rngs: new Rngs(0) });
const rows = (x: tf.Tensor) => tf.expandDims(x, 0);

/** Functions of a row, and the shapes of what JAX has for no rows at all. */
const CASES: [name: string, f: (x: tf.Tensor) => tf.Tensor, shape: number[]][] = [
  ["elementwise", (x) => tf.mul(x, 2), [0, 3]],
  ["a sum", (x) => tf.sum(x), [0]],
  ["softmax", (x) => tf.softmax(x), [0, 3]],
  ["a gradient", grad((x: tf.Tensor) => tf.sum(tf.square(x))), [0, 3]],
  ["a layer", (x) => layer().forward(rows(x)), [0, 1, 2]],
  [
    "a loop",
    (x) => scan((c: tf.Tensor, y: tf.Tensor) => [tf.add(c, y), c] as const, tf.scalar(0), x)[1],
    [0, 3],
  ],
  ["branches", (x) => cond(tf.greater(tf.sum(x), 0), (y: tf.Tensor) => y, (y) => tf.neg(y), x), [0, 3]], // prettier-ignore
  ["a rule", customVjp((x: tf.Tensor) => tf.square(x), { forward: (x) => [tf.square(x), x], backward: (x, g) => [tf.mul(x, g)] }), [0, 3]], // prettier-ignore
  ["remat", remat((x: tf.Tensor) => tf.square(x)), [0, 3]],
  ["other lanes", (x) => vmap((y: tf.Tensor) => tf.mul(y, x))(tf.ones([2])), [0, 2, 3]],
  ["what does not depend on the lanes", () => tf.ones([2]), [0, 2]],
  ["over the lanes", (x) => tf.add(psum(x, "lane"), pmean(x, "lane")), [0, 3]],
  ["their numbers", () => tf.cast(axisIndex("lane"), "float32"), [0]],
];

test.each(CASES)("no lanes: %s", (_name, f, shape) => {
  const run = vmap(f, { axisName: "lane" });
  expect(run(none()).shape).toEqual(shape);
  expect(grad((x: tf.Tensor) => tf.sum(run(x)))(none()).shape).toEqual([0, 3]);
});

test("no lanes within others, of loops that stack", () => {
  const sums = (x: tf.Tensor) => scan((c: tf.Tensor, y: tf.Tensor) => [tf.add(c, y), c] as const, tf.scalar(0), x); // prettier-ignore
  const [last, ys] = vmap(vmap(sums))(tf.zeros([2, 0, 3]));
  expect([last.shape, ys.shape]).toEqual([[2, 0], [2, 0, 3]]); // prettier-ignore
});

test("no lanes along other axes, by axisSize alone, and within others", () => {
  const twice = (x: tf.Tensor) => tf.mul(x, 2);
  expect(vmap(twice, { inAxes: 1, outAxes: -1 })(tf.zeros([3, 0])).shape).toEqual([3, 0]);
  expect(vmap(() => tf.ones([2]), { axisSize: 0 })().shape).toEqual([0, 2]);
  expect(vmap(vmap(twice))(tf.zeros([2, 0, 3])).shape).toEqual([2, 0, 3]);
});

test("what no lanes share has a gradient of zeros", async () => {
  const loss = (layer: Linear) => tf.sum(vmap((x: tf.Tensor) => layer.forward(rows(x)))(none()));
  await expect(grad(loss)(layer()).leaf("kernel").value).toBeAllClose(tf.zeros([3, 2]));
});
