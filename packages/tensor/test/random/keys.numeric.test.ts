/** @file Keys, counts and bits obey their laws on every backend. */
import { random } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { array, assert, asyncProperty, integer, nat } from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const RUNS = { numRuns: 10 };
const seeds = integer({ min: -(2 ** 31), max: 2 ** 32 - 1 });

async function words(tensor: tf.Tensor): Promise<number[]> {
  return Array.from(await tensor.data(), (word) => word >>> 0);
}

test("row i of split equals foldIn with i", async () => {
  await assert(
    asyncProperty(seeds, integer({ min: 1, max: 70 }), nat(), async (seed, n, any) => {
      const i = any % n;
      const keys = random.split(random.key(seed), n);
      expect(await words(random.take(keys, i))).toEqual(await words(random.foldIn(random.key(seed), i)));
    }),
    RUNS,
  );
});

test("foldIn takes all 32 bits of a number or a tensor, signed or unsigned", async () => {
  const key = random.key(5);
  for (const data of [0, 1, 16_777_217, 2 ** 31 - 1, -1, -(2 ** 31)]) {
    const expected = await words(random.foldIn(key, data));
    expect(await words(random.foldIn(key, data >>> 0))).toEqual(expected);
    expect(await words(random.foldIn(key, tf.scalar(data, "int32")))).toEqual(expected);
  }
});

test("a longer or differently shaped draw begins with the shorter one", async () => {
  const shapes = array(integer({ min: 1, max: 7 }), { maxLength: 7 });
  await assert(
    asyncProperty(seeds, shapes, integer({ min: 0, max: 9 }), async (seed, shape, less) => {
      const key = random.key(seed);
      const long = await words(random.bits(key, shape));
      const length = Math.max(0, long.length - less);
      expect(await words(random.bits(key, [length]))).toEqual(long.slice(0, length));
    }),
    RUNS,
  );
});

test("element i of millions is the two words of foldIn with i, xored", async () => {
  const key = random.key(9);
  const size = 64 * 65_535 + 1000;
  const bits = await random.bits(key, [size]).data();
  for (const i of [0, size - 1001, size - 1]) {
    const [a = 0, b = 0] = await random.foldIn(key, i).data();
    expect(bits[i]).toBe(a ^ b);
  }
});

test("empty draws have their shape", async () => {
  const key = random.key(0);
  for (const draw of [random.normal, random.uniform, random.bits, random.gumbel]) {
    const empty = draw(key, [3, 0, 2]);
    expect(empty.shape).toEqual([3, 0, 2]);
    expect(await empty.data()).toHaveLength(0);
  }
  expect(random.split(key, 0).shape).toEqual([0, 2]);
});

test("a seed beyond 32 bits counts modulo 2^32", async () => {
  expect(await words(random.key(2 ** 33 + 5))).toEqual([0, 5]);
  expect(await words(random.key(-1))).toEqual([0, 2 ** 32 - 1]);
});

test("increment is exact above 2^24 and wraps around", async () => {
  for (const count of [0, 2 ** 24, 2 ** 24 + 1, 2 ** 31 - 1, -1]) {
    const next = random.increment(random.increment(tf.scalar(count, "int32")));
    expect(next.dtype).toBe("int32");
    expect(next.shape).toEqual([]);
    expect(await words(next)).toEqual([(count + 2) >>> 0]);
  }
});

test("keys survive many steps of folding and splitting", async () => {
  let onDevice: tf.Tensor = random.key(3);
  let seed: readonly number[] = await words(onDevice);
  for (let i = 0; i < 5; i++) {
    onDevice = random.take(random.split(random.foldIn(onDevice, 70_000 * i), 3), 2);
    const fresh = tf.tensor1d(Int32Array.from(seed), "int32");
    seed = await words(random.foldIn(random.foldIn(fresh, 70_000 * i), 2));
  }
  expect(await words(onDevice)).toEqual(seed);
});

test("random functions leave no tensor behind", async () => {
  const key = random.key(1);
  const logits = tf.zeros([2, 3]);
  const floats = tf.ones([7]);
  const integers = tf.zeros([7], "int32");
  const draw = () => {
    const made = [
      random.key(2),
      random.split(key),
      random.foldIn(key, 1),
      random.bernoulli(key, 0.5, [4]),
      random.truncatedNormal(key, -1, 1, [4]),
      random.permutation(key, 300),
      random.permutation(key, 1),
      random.permutation(key, 2000),
      random.permutation(key, integers),
      random.permutation(key, floats),
      random.categorical(key, logits),
    ];
    tf.dispose(made);
  };
  await expect(expectNoLeak(draw)).resolves.toBeUndefined();
});
