import { cond, debugNaN, grad, Linear, NaNError, type Param, Rngs, scan } from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const caught = (run: () => unknown): NaNError => {
  try {
    run();
  } catch (error) {
    return error as NaNError;
  }
  throw new Error("nothing was thrown");
};

test("names the operation that made the first NaN, with the line", () => {
  const f = debugNaN((x: tf.Tensor) => tf.mul(tf.sqrt(tf.sub(x, 2)), 3));
  expect([...f(tf.tensor1d([3, 6])).dataSync()]).toEqual([3, 6]);
  const error = caught(() => f(tf.tensor1d([1, 3])));
  expect(error).toBeInstanceOf(NaNError);
  expect(error.kernelName).toBe("Sqrt");
  expect(error.source).toMatch(/debug-nan\.test\.ts:\d+/);
  expect(error.message).toMatch(
    /^debugNaN\(anonymous\): expected numbers, found the first NaN in the result of Sqrt of \[2\] at /,
  );
  f.dispose();
});

test("looks into gradients, and gives Variables back what they held", () => {
  const model = new Linear(1, 1, { rngs: new Rngs(0) });
  const before = model.kernel.value.dataSync()[0];
  const step = debugNaN((model: Linear, x: tf.Tensor) => {
    // The root of 0 is 0, and its slope is infinite: infinity times 0.
    const grads = grad((m: Linear) => tf.sum(tf.mul(tf.sqrt(tf.mul(m.forward(x), 0)), 1)))(model);
    model.kernel.value = tf.sub(model.kernel.value, grads.leaf<Param>("kernel").value);
  });
  expect(caught(() => step(model, tf.ones([1, 1]))).kernelName).toBeDefined();
  expect(model.kernel.value.dataSync()[0]).toBe(before);
  step.dispose();
});

test("a NaN that was there before is told as such", () => {
  const f = debugNaN((x: tf.Tensor) => tf.add(x, 1));
  const error = caught(() => f(tf.tensor1d([NaN])));
  expect(error.kernelName).toBeUndefined();
  expect(error.message).toMatch(/an argument, float32 \[1\], before anything ran/);
  f.dispose();
});

test("leaves nothing behind", async () => {
  const x = tf.tensor1d([1, 3]);
  const f = debugNaN((x: tf.Tensor) => tf.sqrt(tf.sub(x, 2)));
  await expectNoLeak(() => {
    caught(() => f(x));
    return Promise.resolve();
  });
  f.dispose();
});

test("looks into loops, and at branches as they are taken", () => {
  const f = debugNaN(
    (x: tf.Tensor) =>
      scan(
        (c: tf.Tensor, x: tf.Tensor) => {
          const root = cond(
            tf.greaterEqual(x, 0),
            (x: tf.Tensor) => tf.sqrt(x),
            (x: tf.Tensor) => tf.mul(x, 2),
            x,
          );
          const sum = tf.add(c, root);
          return [tf.log(sum), sum];
        },
        tf.scalar(3),
        x,
      )[1],
  );
  const second = Math.log(5) - 1;
  const sums = [...f(tf.tensor1d([4, -0.5, 9])).dataSync()];
  for (const [i, sum] of [5, second, Math.log(second) + 3].entries()) expect(sums[i]).toBeCloseTo(sum, 5);
  const error = caught(() => f(tf.tensor1d([1, -2, 4])));
  expect([error.kernelName, error.message]).toEqual([
    "Log",
    expect.stringContaining("the result of Log of [] at ") as string,
  ]);
  f.dispose();
});
