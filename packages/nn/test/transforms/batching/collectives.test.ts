import { axisIndex, grad, jvp, pmax, pmean, pmin, psum, vmap } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const values = (tensor: tf.Tensor) => [...tensor.dataSync()];
const options = { axisName: "lane" };

test("over the lanes, and of what they share", () => {
  const x = tf.tensor1d([1, 2, 6]);
  const over = (f: (x: tf.Tensor, name: string) => tf.Tensor) =>
    values(vmap((y: tf.Tensor) => f(y, "lane"), options)(x));
  expect([psum, pmean, pmax, pmin].map(over)).toEqual([[9, 9, 9], [3, 3, 3], [6, 6, 6], [1, 1, 1]]); // prettier-ignore
  const shared = vmap((_x: tf.Tensor) => psum(tf.scalar(2), "lane"), { ...options, outAxes: null });
  expect(values(shared(x))).toEqual([6]);
  expect(values(vmap(() => axisIndex("lane"), { ...options, axisSize: 3 })())).toEqual([0, 1, 2]);
});

test("of the lanes around others, by name", () => {
  const f = vmap(
    (row: tf.Tensor) =>
      vmap((x: tf.Tensor) => tf.sub(psum(x, "rows"), pmean(x, "columns")), { axisName: "columns" })(row),
    { axisName: "rows" },
  );
  expect(values(f(tf.tensor2d([1, 2, 3, 6], [2, 2])))).toEqual([4 - 1.5, 8 - 1.5, 4 - 4.5, 8 - 4.5]);
});

test("gradients are those of the sum over all lanes, and directions pass", () => {
  const loss = (x: tf.Tensor) => tf.square(pmean(x, "lane"));
  const x = tf.tensor1d([1, 2, 6]);
  expect(values(vmap(grad(loss), options)(x))).toEqual([6, 6, 6]);
  const whole = grad((y: tf.Tensor) => tf.sum(vmap(loss, options)(y)));
  expect(values(whole(x))).toEqual([6, 6, 6]);
  const direction = vmap((y: tf.Tensor, dy: tf.Tensor) => jvp(loss, [y], [dy])[1], options);
  expect(values(direction(x, tf.tensor1d([1, 0, 2])))).toEqual([6, 6, 6]);
});

test.each([
  // As jnp.max and jnp.min over the lanes have them: lanes that are equal share.
  ["pmax", pmax, [9, 9, 45], [33, 9, 33], [10.5, 7.5, 6.75]],
  ["pmin", pmin, [13, 1, 1], [4, 36, 4], [3, 4.5, 6.25]],
] as const)(
  "%s has the gradient of those that are the extreme",
  (_name, extreme, gradients, ofEqual, changes) => {
    const f = (x: tf.Tensor) => tf.mul(extreme(tf.square(x), "lane"), x);
    const [x, equal] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([3, 2, 3])];
    const whole = grad((y: tf.Tensor) => tf.sum(vmap(f, options)(y)));
    const inside = vmap(grad(f), options);
    for (const each of [whole, inside]) {
      expect(values(each(x))).toEqual(gradients);
      expect(values(each(equal))).toEqual(ofEqual);
    }
    const direction = tf.tensor1d([1, 0.5, 0.25]);
    const inLanes = vmap((y: tf.Tensor, dy: tf.Tensor) => jvp(f, [y], [dy])[1], options);
    expect(values(inLanes(x, direction))).toEqual(changes);
    expect(values(jvp(vmap(f, options), [x], [direction])[1])).toEqual(changes);
  },
);
