/** @file Random numbers agree with JAX's. */
import { random } from "@nnx-js/tensor";
import { fromGolden } from "@nnx-js/testing";
import golden from "@nnx-js/testing/golden/random.json" with { type: "json" };
import rngs from "@nnx-js/testing/golden/rngs.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const EXACT = { rtol: 0, atol: 0 };
const CLOSE = { rtol: 2e-6, atol: 1e-6 };

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

async function words(tensor: tf.Tensor): Promise<number[]> {
  return Array.from(await tensor.data(), (word) => word >>> 0);
}

describe.each(golden.cases)("seed $seed", (row) => {
  let key: tf.Tensor1D;
  beforeEach(() => {
    key = random.key(row.seed);
  });

  test("key, split, take and foldIn give JAX's words", async () => {
    expect(await words(key)).toEqual(row.key);
    for (const [n, keys] of Object.entries(row.split)) {
      const split = random.split(key, Number(n));
      expect(await words(split)).toEqual(keys.flat());
      for (let i = 0; i < keys.length; i++) expect(await words(random.take(split, i))).toEqual(keys[i]);
    }
    for (const [data, folded] of Object.entries(row.fold_in)) {
      expect(await words(random.foldIn(key, Number(data)))).toEqual(folded);
      expect(await words(random.foldIn(key, tf.scalar(Number(data), "int32")))).toEqual(folded);
    }
  });

  test("bits and uniform on [0, 1) are exact", async () => {
    for (const out of row.bits) await expect(random.bits(key, out.shape)).toBeAllClose(out, EXACT);
    for (const out of row.uniform) await expect(random.uniform(key, out.shape)).toBeAllClose(out, EXACT);
  });

  test("uniform between bounds is within one unit in the last place", async () => {
    const { minval, maxval, out } = row.uniform_range;
    const ulp = { rtol: 2 ** -23, atol: 0 };
    await expect(random.uniform(key, [64], minval, maxval)).toBeAllClose(out, ulp);
    await expect(random.uniform(key, [64], { minval, maxval })).toBeAllClose(out, ulp);
  });

  test("normal and truncatedNormal are close", async () => {
    for (const out of row.normal) await expect(random.normal(key, out.shape)).toBeAllClose(out, CLOSE);
    await expect(random.truncatedNormal(key, -2, 2, [256])).toBeAllClose(row.truncated_normal, CLOSE);
  });

  test("bernoulli and randint are exact", async () => {
    for (const [p, out] of Object.entries(row.bernoulli)) {
      await expect(random.bernoulli(key, Number(p), [64])).toBeAllClose(out, EXACT);
    }
    const { minval, maxval, out } = row.randint;
    await expect(random.randint(key, [64], minval, maxval)).toBeAllClose(out, EXACT);
  });

  test("permutation is exact", async () => {
    for (const [n, out] of Object.entries(row.permutation)) {
      await expect(random.permutation(key, Number(n))).toBeAllClose(out, EXACT);
    }
  });

  test("gumbel, exponential, laplace and logistic are close", async () => {
    await expect(random.gumbel(key, [32])).toBeAllClose(row.gumbel, CLOSE);
    await expect(random.exponential(key, [32])).toBeAllClose(row.exponential, CLOSE);
    await expect(random.laplace(key, [32])).toBeAllClose(row.laplace, CLOSE);
    await expect(random.logistic(key, [32])).toBeAllClose(row.logistic, CLOSE);
  });

  test("categorical is exact", async () => {
    const { logits, out } = row.categorical;
    await expect(random.categorical(key, fromGolden(logits))).toBeAllClose(out, EXACT);
  });
});

test.each(rngs.cases)("counted draws from $spec give JAX's keys", async ({ spec, draws }) => {
  const seeds: Record<string, number | undefined> = spec;
  const counts = new Map<string, tf.Tensor>();
  for (const { stream, key } of draws) {
    const name = seeds[stream] === undefined ? "default" : stream;
    const count = counts.get(name) ?? tf.scalar(0, "int32");
    expect(await words(random.foldIn(random.key(seeds[name]!), count))).toEqual(key);
    counts.set(name, random.increment(count));
  }
});
