/** @file Loops with a condition go forward: derivatives in a direction are carried beside what they are of. */
import { foriLoop, grad, jacfwd, jvp, linearize, vmap, whileLoop } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";

// It cannot give values at once.
const isWebgpu = inject("backend") === "webgpu";

const LIMIT = 50;

/** `x * a + 1`, again and again until it is large; the turns are counted beside it. */
const grown = (x: tf.Tensor, a: tf.Tensor): tf.Tensor =>
  whileLoop(
    ([, y]: [tf.Tensor, tf.Tensor]) => tf.less(y, LIMIT),
    ([i, y]) => [tf.add(i, tf.scalar(1, "int32")), tf.add(tf.mul(y, a), 1)],
    [tf.scalar(0, "int32"), x],
  )[1];

/** The same in float64, with what it changes by. */
function reference(x: number, a: number, [dx, da]: readonly [number, number]): readonly [number, number] {
  let [y, dy] = [x, dx];
  while (y < LIMIT) [y, dy] = [y * a + 1, dy * a + y * da];
  return [y, dy];
}

const one = () => tf.scalar(1) as tf.Tensor;
const expectNear = (found: tf.Tensor, expected: readonly number[]) => {
  const values = [...found.dataSync()];
  expect(values.length).toBe(expected.length);
  for (const [i, value] of values.entries()) expect(value / expected[i]!).toBeCloseTo(1, 5);
};

test.skipIf(isWebgpu)("in a direction of what is carried, of what is closed over, and of both", () => {
  const [x, a] = [tf.scalar(1), tf.scalar(1.7)];
  for (const [dx, da] of [
    [1, 0],
    [0, 2],
    [3, -1],
  ] as const) {
    const [y, dy] = jvp(grown, [x, a], [dx ? tf.scalar(dx) : undefined, da ? tf.scalar(da) : undefined]);
    expectNear(tf.stack([y, dy]), reference(1, 1.7, [dx, da]));
  }
});

test.skipIf(isWebgpu)("in lanes that end at different turns", () => {
  const starts = [1, 20, 60];
  const lanes = vmap((x: tf.Tensor) => jvp((x) => grown(x, tf.scalar(1.7)), [x], [one()])[1]);
  expectNear(
    lanes(tf.tensor1d(starts)),
    starts.map((x) => reference(x, 1.7, [1, 0])[1]),
  );
});

test.skipIf(isWebgpu)("by linearize and jacfwd, and twice", () => {
  const f = (x: tf.Tensor) => grown(x, x);
  const x: tf.Tensor = tf.scalar(1.3);
  const slope = (x: number) => reference(x, x, [1, 1])[1];
  const [y, linear] = linearize(f, [x]);
  expectNear(tf.stack([y, linear(tf.scalar(2))]), [reference(1.3, 1.3, [0, 0])[0], 2 * slope(1.3)]);
  linear.dispose();
  expectNear(jacfwd(f)(x), [slope(1.3)]);
  const step = 1e-5;
  expectNear(jacfwd(jacfwd(f))(x), [(slope(1.3 + step) - slope(1.3 - step)) / (2 * step)]);
});

test.skipIf(isWebgpu)("foriLoop with bounds that are tensors, too", () => {
  const power = (x: tf.Tensor) => foriLoop(0, tf.scalar(5, "int32"), (_, y: tf.Tensor) => tf.mul(y, x), x);
  expectNear(jvp(power, [tf.scalar(1.5) as tf.Tensor], [one()])[1], [6 * 1.5 ** 5]);
});

test.skipIf(isWebgpu)("not backwards", () => {
  expect(() => grad((x: tf.Tensor) => grown(x, one()))(tf.scalar(2))).toThrow(
    "whileLoop(anonymous): expected no gradient through it",
  );
});
