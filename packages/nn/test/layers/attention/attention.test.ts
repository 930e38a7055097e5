import {
  Cache,
  combineMasks,
  dotProductAttention,
  InvalidArgumentError,
  LayerNorm,
  MissingArgumentError,
  Module,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
  Param,
  Rngs,
  ShapeMismatchError,
  state,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import { view, viewInfo } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const R = () => ({ rngs: new Rngs(0) });
const make = (options: Partial<MultiHeadAttentionOptions> = {}) =>
  new MultiHeadAttention(2, 4, 8, { ...R(), ...options });
const countOf = async (rngs: Rngs, name: string) => (await rngs.stream(name).count.value.data())[0];

test.each<[string, Partial<MultiHeadAttentionOptions>, number, number]>([
  ["as it is", {}, 8, 0],
  ["without bias", { useBias: false }, 4, 0],
  ["with normalised keys", { normalizeQk: true }, 10, 0],
  ["with dropout", { dropoutRate: 0.1 }, 8, 1],
  ["with dropout whose keys come with the call", { dropoutRate: 0.1, keepRngs: false }, 8, 0],
])("%s it draws as many keys as Flax's", async (_, options, params, dropout) => {
  const rngs = new Rngs({ params: 0, dropout: 1 });
  const layer = make({ ...options, rngs });
  expect(await countOf(rngs, "params")).toBe(params);
  expect(await countOf(rngs, "dropout")).toBe(dropout);
  expect(layer.rngs === undefined).toBe(dropout === 0);
});

describe("a decode view", () => {
  class Block extends Module {
    readonly norm = new LayerNorm(4, R());
    readonly attention = make({ dropoutRate: 0.1, decode: false, deterministic: false });
    forward(x: tf.Tensor): tf.Tensor {
      return tf.add(x, this.attention.forward(this.norm.forward(x)));
    }
  }
  const size = { deterministic: true, decode: true, batchSize: 2, maxLength: 8 };

  test("shares the weights, and has a cache that the model does not have", () => {
    const model = new Block();
    const decoder = view(model, size);
    expect(decoder.attention.query.kernel).toBe(model.attention.query.kernel);
    expect(model.attention.decode).toBe(false);
    expect(state(model, Cache).size).toBe(0);
    expect(state(decoder, Cache).entries.map(([path, leaf]) => [path.join("."), leaf.shape])).toEqual([
      ["attention.cacheIndex", []],
      ["attention.cachedKey", [2, 8, 2, 4]],
      ["attention.cachedValue", [2, 8, 2, 4]],
    ]);
    expect(state(decoder, Param).size).toBe(state(model, Param).size);
    const later = view(decoder, { deterministic: false });
    expect(later.attention.cachedKey).toBe(decoder.attention.cachedKey);
    expect(view(decoder, size).attention.cachedKey).not.toBe(decoder.attention.cachedKey);
  });

  test("needs no memory that grows, and its cache can be freed", async () => {
    const model = new Block();
    const before = tf.memory().numTensors;
    const decoder = view(model, size);
    const x = tf.ones([2, 1, 4]);
    await expectNoLeak(() => tf.tidy(() => void decoder.forward(x)));
    await expectNoLeak(() => decoder.attention.initCache([2, 8, 4]));
    state(decoder, Cache).dispose();
    x.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("a call that fails leaves the cache as it was", async () => {
    const decoder = view(new Block(), size);
    const failing = { forward: decoder.attention.forward.bind(decoder.attention) };
    failing.forward(tf.ones([2, 1, 4]));
    for (const wrong of [{ mask: tf.ones([3, 3]) }, { bias: tf.ones([3, 3]) }]) {
      expect(() => failing.forward(tf.ones([2, 1, 4]), wrong)).toThrow(
        /expected a (mask|bias) that broadcasts to \[2, 2, 1, 8\].* got one of shape \[3, 3\]/,
      );
    }
    expect([...(await decoder.attention.cacheIndex!.value.data())]).toEqual([1]);
  });

  test("modes are listed", () => {
    expect(viewInfo(make())).toMatchInlineSnapshot(`
      "MultiHeadAttention:
        deterministic?: boolean
          if true, the module is set to deterministic mode.
        decode?: boolean
          if true, the module is set to decode mode.
        batchSize?: integer | number[]
          the batch size of a new cache; needs maxLength.
        maxLength?: integer
          the number of positions of a new cache; needs batchSize."
    `);
  });
});

describe("errors say what to do", () => {
  test("modes that nobody gave", () => {
    const x = tf.ones([2, 3, 4]);
    expect(() => make().forward(x)).toThrow(MissingArgumentError);
    expect(() => make().forward(x)).toThrow(
      /No `decode` argument was provided.*view\(model, \{ decode: false \}\)/,
    );
    const dropping = make({ decode: false, dropoutRate: 0.5, keepRngs: false });
    expect(() => dropping.forward(x)).toThrow(/No `deterministic` argument was provided/);
    expect(() => dropping.forward(x, { deterministic: false })).toThrow(/'rngs' must be provided/);
    expect(() => dropping.forward(x, { deterministic: true })).not.toThrow();
  });

  test("a cache that is not there, of another batch, or too small", () => {
    const x = tf.ones([2, 1, 4]);
    expect(() => make({ decode: true }).forward(x)).toThrow(
      /Autoregressive cache not initialized, call `initCache` first\. .*batchSize: 1, maxLength: 32/,
    );
    const decoder = view(make(), { decode: true, batchSize: 3, maxLength: 2 });
    expect(() => decoder.forward(x)).toThrow(
      /expected inputs of batch \[3\] and at most 2 positions, got \[2, 1\]/,
    );
    expect(() => decoder.forward(tf.ones([3, 5, 4]))).toThrow(/batchSize: \[3\], maxLength: 5/);
    expect(() => decoder.forward(tf.ones([3, 2, 4]), tf.ones([3, 1, 4]))).toThrow(/as many queries as keys/);
    expect(() => view(make(), { decode: true, batchSize: 3 })).toThrow(
      /'maxLength' must be provided when initializing cache/,
    );
    expect(() => view(make(), { maxLength: 3 })).toThrow(/'batchSize' must be provided/);
    expect(() => view(make(), { batchSize: 0, maxLength: 3 })).toThrow(InvalidArgumentError);
    expect(() => make().initCache([4])).toThrow(ShapeMismatchError);
  });

  test("sizes and inputs that do not fit", () => {
    expect(() => new MultiHeadAttention(3, 4, R())).toThrow(
      /Memory dimension \(4\) must be divisible by 'numHeads' heads \(3\).*new MultiHeadAttention\(3, 4, 6, …\)/,
    );
    expect(() => make({ numKvHeads: 3 })).toThrow(/numHeads \(2\) must be divisible by numKvHeads \(3\)/);
    expect(() => make({ dropoutRate: 2 })).toThrow(/expected a dropoutRate from 0 to 1/);
    const layer = make({ decode: false });
    expect(() => layer.forward(tf.ones([2, 3, 5]))).toThrow(/expected last axis 4 \(inFeatures\)/);
    expect(() => layer.forward(tf.ones([4]))).toThrow(ShapeMismatchError);
    expect(() => layer.forward(tf.ones([2, 3, 4]), undefined, tf.ones([2, 3, 4]))).toThrow(
      /`inputsK` cannot be missing if `inputsV` is given/,
    );
  });

  test("operands of dotProductAttention and masks", () => {
    const x = tf.ones([2, 3, 2, 4]);
    const attend = dotProductAttention;
    expect(() => attend(x, tf.ones([3, 2, 4]), x)).toThrow(
      /must have the same rank.*\[2, 3, 2, 4\], \[3, 2, 4\]/,
    );
    expect(() => attend(x, tf.ones([1, 3, 2, 4]), x)).toThrow(/batch dims must match/);
    expect(() => attend(x, tf.ones([2, 3, 2, 5]), x)).toThrow(/depths of query and key must match/);
    expect(() => attend(x, tf.ones([2, 4, 2, 4]), x)).toThrow(/lengths of key and value must match/);
    expect(() => attend(tf.ones([2, 3, 3, 4]), x, x)).toThrow(/heads must be a multiple/);
    expect(() => attend(x, x, x, { dropoutRate: 0.5 })).toThrow(/dropout needs a key/);
    expect(() => combineMasks(tf.ones([2]), tf.ones([1, 2]))).toThrow(
      /masks must have same rank, but got 1, 2/,
    );
  });
});
