import {
  clone,
  InvalidArgumentError,
  MissingArgumentError,
  Rngs,
  RngCount,
  RngKey,
  RngStream,
  type Seed,
  state,
} from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const countOf = async (rngs: Rngs, name = "default") => (await rngs.stream(name).count.value.data())[0];

describe("streams", () => {
  test("a name without a stream of its own draws from the default one", async () => {
    const rngs = new Rngs({ default: 0, params: 1 });
    rngs.key("dropout").dispose();
    rngs.key("params").dispose();
    rngs.normal([2]).dispose();
    expect([await countOf(rngs), await countOf(rngs, "params")]).toEqual([2, 1]);
    expect(rngs.stream("dropout")).toBe(rngs.stream());
    expect([rngs.has("params"), rngs.has("dropout"), rngs.has("key")]).toEqual([true, false, false]);
  });

  test("a missing stream without a default one is an error that says which there are and what to write", () => {
    const rngs = new Rngs({ params: 0, noise: 1 });
    expect(() => rngs.key("dropout")).toThrow(MissingArgumentError);
    expect(() => rngs.key("dropout")).toThrow(
      'No random stream named "dropout", and no default one. There are: params, noise. ' +
        "Write new Rngs({ dropout: 0 }) or new Rngs(0).",
    );
    expect(() => new Rngs().key()).toThrow(/There are: none/);
  });

  test("a key never changes, and each draw counts", async () => {
    const rngs = new Rngs(0);
    const { key } = rngs.stream();
    const { value } = key;
    rngs.key();
    expect(key.value).toBe(value);
    expect(await countOf(rngs)).toBe(1);
  });

  test("each sampler draws one key", async () => {
    const rngs = new Rngs(0);
    const draws = [
      rngs.normal([2]),
      rngs.uniform([2], { minval: -1, maxval: 0 }),
      rngs.truncatedNormal(-1, 1, [2]),
      rngs.bernoulli(0.5, [2]),
      rngs.randint([2], 0, 5),
      rngs.permutation(4),
      rngs.categorical(tf.zeros([3, 4])),
      rngs.bits([2]),
    ];
    expect(await countOf(rngs)).toBe(draws.length);
    expect(draws.map(({ shape }) => shape)).toEqual([[2], [2], [2], [2], [2], [4], [3], [2]]);
  });

  test("samples are those of the random functions for the key drawn", async () => {
    const rngs = new Rngs(5);
    const key = new Rngs(5).key();
    await expect(rngs.normal([4])).toBeAllClose(random.normal(key, [4]), { rtol: 0, atol: 0 });
  });

  test("drawing leaves nothing behind but what it returns", async () => {
    const rngs = new Rngs(0);
    await expectNoLeak(() => {
      rngs.key().dispose();
      rngs.uniform([3]).dispose();
    });
  });

  test("are part of the state under Flax's paths, with their name for a tag", () => {
    const rngs = new Rngs({ default: 0, dropout: 1 });
    expect([...state(rngs)].map(([path, leaf]) => [path.join("."), leaf.constructor])).toEqual([
      ["default.count", RngCount],
      ["default.key", RngKey],
      ["dropout.count", RngCount],
      ["dropout.key", RngKey],
    ]);
    expect([...state(rngs, "dropout")].map(([path]) => path.join("."))).toEqual([
      "dropout.count",
      "dropout.key",
    ]);
  });

  test("a copy that shares the Variables draws from the same sequence", async () => {
    const rngs = new Rngs(0);
    const same = clone(rngs, { variables: false });
    const expected = new Rngs(0);
    for (const source of [rngs, same, same, rngs]) {
      expect(await source.key().data()).toEqual(await expected.key().data());
    }
    expect(await countOf(rngs)).toBe(4);
  });
});

describe("bad input", () => {
  test.each<[string, unknown, RegExp]>([
    ["a fraction", 0.5, /stream "default": expected an integer.*got 0\.5\./],
    ["NaN", NaN, /got NaN\./],
    ["infinity", Infinity, /got Infinity\./],
    ["an integer that a number cannot hold", 2 ** 53, /got 9007199254740992\./],
    ["text", "0", /got "0"\./],
    ["null", null, /got null\./],
    ["true", true, /got true\./],
    ["an array", [1, 2], /got 1,2\./],
    ["a bigint", 1n, /got 1\./],
    ["a named seed that is none", { params: 0.5 }, /stream "params"/],
    ["a named seed that is undefined", { params: undefined }, /stream "params".*got undefined/],
  ])("%s is no seed, and nothing is left behind", (_, seed, message) => {
    const { numTensors } = tf.memory();
    const make = () => new Rngs(seed as Seed);
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(message);
    expect(make).toThrow(/Write new Rngs\(0\) or new Rngs\(\{ params: 0, dropout: 1 \}\)\./);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test("a tensor that is no key is refused", () => {
    expect(() => new Rngs(tf.zeros([2]))).toThrow(/got a float32 tensor of shape \[2\]/);
    expect(() => new RngStream(tf.zeros([3], "int32"))).toThrow(/got a int32 tensor of shape \[3\]/);
  });

  test("streams made before the bad one are disposed of", () => {
    const { numTensors } = tf.memory();
    expect(() => new Rngs({ a: 0, b: 1, c: 0.5 })).toThrow(InvalidArgumentError);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test("every other name is free", () => {
    const rngs = new Rngs({ sample: 0, next: 1, draw: 2 });
    expect(rngs.streams().map(([name]) => name)).toEqual(["sample", "next", "draw"]);
    expect(rngs.stream("sample").normal([2]).shape).toEqual([2]);
  });

  test.each(["key", "stream", "has", "fork", "normal", "toString"])("the name %s is reserved", (name) => {
    expect(() => new Rngs({ [name]: 0 })).toThrow(InvalidArgumentError);
    expect(() => new Rngs({ [name]: 0 })).toThrow(`Rngs: "${name}" is the name of a method`);
  });
});

test("a default seed and named ones can be given together, and a key by any name is the caller's", () => {
  const rngs = new Rngs(0, { dropout: 1 });
  expect(Object.keys(rngs)).toEqual(["default", "dropout"]);
  const key = random.key(3);
  const stream = new RngStream(key);
  key.dispose();
  expect(stream.key.value.isDisposed).toBe(false);
});
