import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectSame, runCompiled } from "../traced.ts";

describe("compiled random numbers", () => {
  test("permutations", async () => {
    const permutations = (key: tf.Tensor) => [
      random.permutation(key, 100),
      random.permutation(key, tf.range(0, 33)),
    ];
    await expectSame(permutations, [random.key(3)]);
  });

  test("all distributions, bits exactly", async () => {
    const draws = (key: tf.Tensor) => {
      const shape = [7, 3];
      const keys = random.split(key, 3);
      return [
        keys,
        random.foldIn(key, 5),
        random.bits(key, shape),
        random.bernoulli(key, 0.3, shape),
        random.randint(random.take(keys, 1), shape, -5, 1000),
        random.uniform(key, shape, { minval: -0.3, maxval: 0.7 }),
        random.normal(key, shape),
        random.truncatedNormal(key, -1, 2, shape),
        random.gumbel(key, shape),
        random.exponential(key, shape),
        random.laplace(key, shape),
        random.logistic(key, shape),
        random.increment(tf.reshape(tf.slice(random.take(keys, 2), 0, 1), [])),
      ];
    };
    await expectSame((key) => draws(key), [random.key(42)], 3e-6);
    const [uniform] = runCompiled((key) => random.uniform(key, [1000]), [random.key(7)]);
    expect(uniform!.dataSync()).toEqual(random.uniform(random.key(7), [1000]).dataSync());
  });

  test("truth values are whether a uniform number is below the probability, at the numbers themselves, too", () => {
    const key = random.key(11);
    const numbers = random.uniform(key, [40]).dataSync();
    const beside = Array.from(numbers.slice(0, 3)).flatMap((u) => [u, u - 2 ** -25, u + 2 ** -25]);
    for (const p of [0, 2 ** -149, 2 ** -24, 2 ** -23, 1 - 2 ** -24, 1, ...beside]) {
      const [drawn] = runCompiled((key) => random.bernoulli(key, p, [40]), [key]);
      expect([...drawn!.dataSync()]).toEqual([...numbers].map((u) => Number(u < Math.fround(p))));
    }
  });
});
