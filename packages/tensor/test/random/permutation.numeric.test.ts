/** @file Permutations are those of repeated stable sorts by unsigned random words. */
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** JAX's algorithm with JavaScript's sort. */
async function reference(seed: number, n: number): Promise<number[]> {
  let order = Array.from({ length: n }, (_, i) => i);
  let key = random.key(seed);
  const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1));
  for (let round = 0; round < rounds; round++) {
    const words = await random.bits(random.foldIn(key, 1), [n]).data();
    key = random.foldIn(key, 0);
    const places = Array.from(words, (word, place) => ({ word: word >>> 0, place }));
    places.sort((a, b) => a.word - b.word || a.place - b.place);
    order = places.map(({ place }) => order[place] ?? NaN);
  }
  return order;
}

test.each([0, 1, 2, 3, 63, 64, 65, 1000, 1625, 1626, 5000])("n = %i", async (n) => {
  const order = random.permutation(random.key(n + 4), n);
  expect(order.dtype).toBe("int32");
  expect(order.shape).toEqual([n]);
  const values = Array.from(await order.data());
  expect(values).toEqual(await reference(n + 4, n));
  values.sort((a, b) => a - b);
  expect(values).toEqual(Array.from({ length: n }, (_, i) => i));
});

test("a tensor's elements are moved exactly, in the order of the indices", async () => {
  const key = random.key(8);
  const order = Array.from(await random.permutation(key, 2000).data());
  const integers = Int32Array.from(order, (i) => (2 ** 31 - 1 - i) | 0);
  const shuffled = random.permutation(key, tf.tensor1d(integers, "int32"));
  expect(Array.from(await shuffled.data())).toEqual(order.map((i) => integers[i]));
  const floats = Float32Array.from(integers, (integer) => integer / 3);
  expect(Array.from(await random.permutation(key, tf.tensor1d(floats)).data())).toEqual(
    order.map((i) => floats[i]),
  );
  const booleans = random.permutation(
    key,
    tf.tensor1d(
      Uint8Array.from(order, (_, i) => i % 2),
      "bool",
    ),
  );
  expect(booleans.dtype).toBe("bool");
  expect(Array.from(await booleans.data())).toEqual(order.map((i) => i % 2));
});

test("a permutation of one or no element keeps the tensor's values and dtype", async () => {
  const one = random.permutation(random.key(0), tf.tensor1d([7], "int32"));
  expect(Array.from(await one.data())).toEqual([7]);
  const none = random.permutation(random.key(0), tf.tensor1d([], "int32"));
  expect(none.shape).toEqual([0]);
});

test("rows of a matrix are moved as a whole", async () => {
  const key = random.key(3);
  const rows = await random.permutation(key, tf.tensor2d([0, 10, 1, 11, 2, 12], [3, 2])).data();
  const order = Array.from(await random.permutation(key, 3).data());
  expect(Array.from(rows)).toEqual(order.flatMap((i) => [i, 10 + i]));
});

test("choice draws randint's integers, or the beginning of a permutation without replacement", async () => {
  const key = random.key(4);
  await expect(random.choice(key, 7, [2, 3])).toBeAllClose(random.randint(key, [2, 3], 0, 7));
  const order = Array.from(await random.permutation(key, 7).data());
  await expect(random.choice(key, 7, [2, 3], { replace: false })).toBeAllClose(order.slice(0, 6));
  const chosen = random.choice(key, tf.tensor1d([0, 10, 20, 30, 40, 50, 60]), [2], { replace: false });
  await expect(chosen).toBeAllClose(order.slice(0, 2).map((i) => 10 * i));
});
