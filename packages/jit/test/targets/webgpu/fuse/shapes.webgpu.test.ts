import { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkChains } from "./check-chains.ts";

type Of<Result> = (x: tf.Tensor, scale: tf.Tensor) => Result;

const normalised =
  (axis: number): Of<tf.Tensor> =>
  (x, scale) => {
    const mean = tf.mean(x, axis, true);
    const centred = tf.sub(x, mean);
    const variance = tf.mean(tf.square(centred), axis, true);
    return tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, 1e-5))), scale);
  };

/** The gradients of a loss of what `fn` gives. */
const gradients =
  (fn: Of<tf.Tensor>): Of<tf.Tensor[]> =>
  (x, scale) => {
    const loss = (x: tf.Tensor, scale: tf.Tensor) => tf.sum<tf.Scalar>(tf.sin(fn(x, scale)));
    return tf.grads(loss)([x, scale]);
  };

/** With the most tasks that they may take. */
const functions: Record<string, { fn: Of<tf.Tensor | tf.Tensor[]>; tasks: number }> = {
  softmax: { fn: (x, scale) => tf.softmax(tf.mul(x, scale)), tasks: 1 },
  "softmax of columns": { fn: (x) => tf.transpose(tf.softmax(tf.transpose(x))), tasks: 1 },
  "log softmax": { fn: (x) => tf.logSoftmax(x), tasks: 1 },
  "layer norm": { fn: normalised(1), tasks: 1 },
  "batch norm": { fn: normalised(0), tasks: 1 },
  "gradients of softmax": { fn: gradients((x, scale) => tf.softmax(tf.mul(x, scale))), tasks: 3 },
  "gradients of layer norm": { fn: gradients(normalised(1)), tasks: 2 },
  "gradients of batch norm": { fn: gradients(normalised(0)), tasks: 1 },
  "truth values of rows": {
    fn: (x) => {
      const isLarge = tf.greater(x, 0.9);
      const any = tf.any(isLarge, 1, true);
      return [tf.where(any, x, tf.zerosLike(x)), tf.cast(any, "float32")];
    },
    tasks: 1,
  },
};

async function labelsOf(fn: Of<tf.Tensor | tf.Tensor[]>, rows: number, columns: number) {
  const rngs = new Rngs(rows + columns);
  const inputs = [rngs.normal([rows, columns]), rngs.normal([columns])];
  const { labels } = await checkChains(fn, inputs);
  tf.dispose(inputs);
  rngs.dispose();
  return labels;
}

describe("chains give what their steps give one by one:", () => {
  test.each(Object.entries(functions))("%s", async (_, { fn, tasks }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 2, max: 300 }),
        async (rows, columns) => void (await labelsOf(fn, rows, columns)),
      ),
      { numRuns: 1 },
    );
    expect((await labelsOf(fn, 33, 31)).length).toBeLessThanOrEqual(tasks);
  });

  test.each([
    [5, 2049],
    [2, 5000],
    [64, 5000],
    [256, 257],
  ])("a softmax of %d by %d", async (rows, columns) => {
    const labels = await labelsOf(functions["softmax"]!.fn, rows, columns);
    expect(labels.length > 1).toBe(rows * columns === 10_000);
  });
});
