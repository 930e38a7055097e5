/** @file Batches of tensors, in the same random order on every backend, and from any place on. */
import { loadModel, memoryTarget, saveModel } from "@nnx-js/checkpoint";
import { Linear, Rngs } from "@nnx-js/nn";
import { loader } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

let x: tf.Tensor2D;
let y: tf.Tensor1D;
let before: number;
beforeEach(() => {
  before = tf.memory().numTensors;
  x = tf.tensor2d(
    Array.from({ length: 20 }, (_, i) => i / 2),
    [10, 2],
  );
  y = tf.tensor1d(Int32Array.from({ length: 10 }, (_, i) => i));
});
afterEach(() => {
  tf.dispose([x, y]);
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left over`);
});

const valuesOf = async (tensor: tf.Tensor) => [...(await tensor.data())];

test("rows, their labels and the mask; the last batch is filled up", async () => {
  using data = loader({ x, labels: { y } }, { batchSize: 4 });
  expect(data.stepsPerEpoch).toBe(3);
  const batches: unknown[] = [];
  for await (const { x, labels, mask } of data) {
    expect([x.shape, labels.y.shape, mask.shape]).toEqual([[4, 2], [4], [4]]);
    expect([x.dtype, labels.y.dtype, mask.dtype]).toEqual(["float32", "int32", "bool"]);
    const [rows, numbers] = [await valuesOf(x), await valuesOf(labels.y)];
    expect(rows).toEqual(numbers.flatMap((row) => [row, row + 0.5]));
    batches.push([numbers, await valuesOf(mask)]);
  }
  expect(batches).toEqual([
    [
      [0, 1, 2, 3],
      [1, 1, 1, 1],
    ],
    [
      [4, 5, 6, 7],
      [1, 1, 1, 1],
    ],
    [
      [8, 9, 8, 9],
      [1, 1, 0, 0],
    ],
  ]);
});

test("the order follows from the key and the pass, whatever the backend", async () => {
  using rngs = new Rngs(0);
  using data = loader({ x, y }, { batchSize: 5, shuffle: rngs, dropLast: true, epochs: 2 });
  expect(data.steps).toBe(4);
  const rows: number[] = [];
  for await (const { x, y } of data) {
    const numbers = await valuesOf(y);
    expect(await valuesOf(x)).toEqual(numbers.flatMap((row) => [row, row + 0.5]));
    rows.push(...numbers);
  }
  expect(rows).toEqual([0, 8, 9, 5, 3, 4, 1, 7, 6, 2, 4, 7, 8, 6, 3, 0, 5, 1, 2, 9]);
});

test("saved in the middle of a pass, it goes on with the very next batch", async () => {
  const make = (seed: number) => {
    const rngs = new Rngs(seed);
    const model = new Linear(2, 3, { rngs });
    const data = loader({ x, y }, { batchSize: 3, shuffle: rngs, epochs: 3 });
    return { model, data, rngs };
  };
  const disposeAll = (parts: object) => tf.dispose(Object.values(parts) as tf.Tensor[]);
  const rest = async (data: ReturnType<typeof make>["data"]) => {
    const rows: number[][] = [];
    for await (const { y } of data) rows.push(await valuesOf(y));
    return rows;
  };

  const whole = make(0);
  const all = await rest(whole.data);
  expect(all).toHaveLength(12);

  const first = make(0);
  const seen: number[][] = [];
  const file = memoryTarget();
  for await (const { y } of first.data) {
    seen.push(await valuesOf(y));
    if (seen.length !== 6) continue;
    await saveModel(first, file);
    break;
  }
  const second = make(1);
  await loadModel(second, file.bytes());
  expect([...seen, ...(await rest(second.data))]).toEqual(all);
  // At its end there is no more, until it is wound back.
  expect(await rest(second.data)).toEqual([]);
  await second.data.rewind(2);
  expect(await rest(second.data)).toEqual(all.slice(8));
  for (const parts of [whole, first, second]) disposeAll(parts);
});

test("random numbers of maps belong to their batch", async () => {
  const noise = async (from: number) => {
    using rngs = new Rngs(4);
    using data = loader(y, {
      batchSize: 5,
      dropLast: true,
      rngs,
      epochs: 2,
      mapBatch: (rows, { rngs, epoch, index }) => {
        expect([epoch, index]).toEqual([calls >= 2 ? 1 : 0, (calls++ % 2) * 5]);
        return tf.add(rows, rngs.uniform([5]));
      },
    });
    let calls = from;
    if (from) await data.rewind(1);
    const sums: number[][] = [];
    for await (const batch of data) sums.push(await valuesOf(batch));
    return sums;
  };
  const all = await noise(0);
  expect(all).toHaveLength(4);
  expect(new Set(all.map(([first]) => first! % 1)).size).toBe(4);
  expect(await noise(2)).toEqual(all.slice(2));
});

test("what is to stay is cloned; a break and an error in the loop free the rest", async () => {
  using data = loader({ x, y }, { batchSize: 4, prefetch: 2 });
  let kept: tf.Tensor | undefined;
  let borrowed: tf.Tensor | undefined;
  for await (const { x } of data) {
    [kept, borrowed] = [x.clone(), x];
    break;
  }
  expect(borrowed!.isDisposed).toBe(true);
  expect(await valuesOf(kept!)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]);
  kept!.dispose();
  await expect(
    (async () => {
      for await (const _batch of data) throw new Error("in the loop");
    })(),
  ).rejects.toThrow("in the loop");
});
