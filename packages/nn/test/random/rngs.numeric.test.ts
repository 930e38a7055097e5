import { Rngs, type Seeds } from "@nnx-js/nn";
import golden from "@nnx-js/testing/golden/rngs.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

/** The words of a key as unsigned numbers; reading the data is exact, other operations on keys need not be. */
async function words(key: tf.Tensor): Promise<number[]> {
  return [...(await key.data())].map((word) => word >>> 0);
}

describe.each(golden.cases)("Rngs($spec)", ({ spec, draws, methods = [] }) => {
  const seeds = spec as unknown as Seeds;

  test("draws Flax's keys, in Flax's order", async () => {
    const rngs = new Rngs(seeds);
    for (const [i, { stream, key }] of draws.entries()) {
      expect(await words(rngs.key(stream)), `draw ${i} of ${stream}`).toEqual(key);
    }
  });

  test.runIf(methods.length > 0)("draws Flax's samples", async () => {
    const rngs = new Rngs(seeds);
    for (const { method, shape, out } of methods) {
      const stream = method.startsWith("params.") ? "params" : undefined;
      const name = method.endsWith("normal") ? "normal" : "uniform";
      const sampler = stream === undefined ? rngs : rngs.stream(stream);
      const exact = { rtol: 0, atol: 0 };
      await expect(sampler[name](shape), method).toBeAllClose(
        out,
        name === "uniform" ? exact : { rtol: 2e-6 },
      );
    }
  });
});

test("the name of a stream does not enter its keys", async () => {
  const [params, dropout] = [new Rngs({ params: 7 }), new Rngs({ dropout: 7 })];
  expect(await words(params.key("params"))).toEqual(await words(dropout.key("dropout")));
});

test("seeds wrap to 32 bits as in JAX", async () => {
  expect(await words(new Rngs(-1).stream().key.value)).toEqual([0, 4294967295]);
  expect(await words(new Rngs(2 ** 33 + 5).stream().key.value)).toEqual([0, 5]);
});

test("a stream given as a seed contributes its key only, and the count starts again", async () => {
  const source = new Rngs(0);
  const first = await words(source.key());
  const rngs = new Rngs({ params: source.stream(), noise: source.stream().key.value });
  expect([...(await rngs.stream("params").count.value.data())]).toEqual([0]);
  expect(await words(rngs.key("params"))).toEqual(first);
  expect(await words(rngs.key("noise"))).toEqual(first);
  expect([...(await source.stream().count.value.data())]).toEqual([1]);
});

test("a fork's keys are the next ones of the streams it was forked from, and its counts start at 0", async () => {
  const [rngs, same] = [new Rngs({ params: 0, dropout: 1 }), new Rngs({ params: 0, dropout: 1 })];
  rngs.key("params");
  same.key("params");
  const fork = rngs.fork();
  for (const name of ["params", "dropout"]) {
    expect(await words(fork.stream(name).key.value)).toEqual(await words(same.key(name)));
    expect([...(await fork.stream(name).count.value.data())]).toEqual([0]);
    expect(await words(rngs.key(name))).toEqual(await words(same.key(name)));
  }
});

test("a count is exact where float32 numbers are not", async () => {
  const rngs = new Rngs(0);
  const { count } = rngs.stream();
  count.value = tf.scalar(2 ** 24 - 1, "int32");
  rngs.key();
  rngs.key();
  expect([...(await count.value.data())]).toEqual([16777217]);
});
