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
