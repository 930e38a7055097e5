import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { recordBody } from "@nnx-js/nn/trace";
import { batchGraph } from "../../../src/transforms/batching/batch-graph.ts";

const names = { caller: "test", name: "test" };

test("runs a recorded function for all lanes, and what no batched input reaches once", () => {
  const body = recordBody(
    (x, y) => [tf.add(tf.sum(x, 0), y), tf.square(y)],
    [
      { shape: [2, 3], dtype: "float32" },
      { shape: [3], dtype: "float32" },
    ],
    names,
  );
  const x = tf.randomUniform([4, 2, 3], -1, 1, "float32", 1);
  const y = tf.tensor1d([1, 2, 3]);
  const [sum, square] = batchGraph(
    body.graph,
    [
      { tensor: x, isBatched: true },
      { tensor: y, isBatched: false },
    ],
    { size: 4 },
  );
  expect(sum!.isBatched).toBe(true);
  expect(square!.isBatched).toBe(false);
  expect([...sum!.tensor.dataSync()]).toEqual([...tf.add(tf.sum(x, 1), y).dataSync()]);
  expect(square!.tensor.shape).toEqual([3]);
});
