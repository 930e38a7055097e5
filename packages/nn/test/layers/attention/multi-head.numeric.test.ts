import {
  capture,
  initializers,
  Intermediate,
  makeCausalMask,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
  Rngs,
} from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const make = (options: Partial<MultiHeadAttentionOptions> = {}) =>
  new MultiHeadAttention(4, 6, 8, {
    decode: false,
    rngs: new Rngs(0),
    biasInit: initializers.normal(0.5),
    ...options,
  });
const part = (x: tf.Tensor, start: number, length: number) =>
  tf.slice(x, [0, start, 0], [x.shape[0], length, x.shape[2]!]);

/** The outputs of a decode view that gets `x` `[batch, length, features]` in pieces of these lengths. */
function decoded(decoder: MultiHeadAttention, x: tf.Tensor, lengths: readonly number[]): tf.Tensor {
  let start = 0;
  const pieces = lengths.map((length) => {
    const y = decoder.forward(part(x, start, length));
    start += length;
    return y;
  });
  return tf.concat(pieces, 1);
}

describe("decoding with a cache", () => {
  test.each<[string, Partial<MultiHeadAttentionOptions>, number[]]>([
    ["one position at a time", {}, [1, 1, 1, 1, 1]],
    ["in pieces", {}, [3, 1, 1]],
    ["all at once", {}, [5]],
    ["with shared heads and normalised keys", { numKvHeads: 2, normalizeQk: true }, [1, 2, 1, 1]],
  ])("%s gives the outputs of a full causal pass", async (_, options, lengths) => {
    const model = make(options);
    const x = wave([2, 5, 6]);
    const expected = model.forward(x, { isCausal: true });
    const decoder = view(model, { decode: true, batchSize: 2, maxLength: 7 });
    await expect(decoded(decoder, x, lengths)).toBeAllClose(expected);
    expect([...(await decoder.cacheIndex!.value.data())]).toEqual([5]);
  });

  test("each view has a cache of its own over the same weights; emptied, it begins anew", async () => {
    const model = make();
    const x = wave([1, 3, 6]);
    const size = { decode: true, batchSize: [1], maxLength: 3 };
    const [first, second] = [view(model, size), view(model, size)];
    const y = decoded(first, x, [1, 1, 1]);
    await expect(decoded(second, x, [1, 1, 1])).toBeAllClose(y);
    first.initCache([1, 3, 6]);
    await expect(decoded(first, x, [2, 1])).toBeAllClose(y);
    model.query.kernel.value = tf.zerosLike(model.query.kernel.value);
    second.initCache([1, 3, 6]);
    await expect(decoded(second, x, [1, 1, 1])).toBeAllClose(model.forward(x, { isCausal: true }));
  });

  test("a mask hides positions of the cache", async () => {
    const model = make();
    const x = wave([2, 4, 6]);
    const hidden = tf.tensor([0, 1, 1, 1, 1, 1, 1, 1], [2, 1, 1, 4]);
    const expected = model.forward(x, { mask: hidden, isCausal: true });
    const decoder = view(model, { decode: true, batchSize: 2, maxLength: 4 });
    const outputs = [0, 1, 2, 3].map((at) => decoder.forward(part(x, at, 1), { mask: hidden }));
    // The first position of the first sequence sees nothing: the free places of the cache have weight too.
    await expect(part(tf.concat(outputs, 1), 1, 3)).toBeAllClose(part(expected, 1, 3));
  });

  test("what comes after the cache is full is NaN, not wrong", async () => {
    const decoder = view(make(), { decode: true, batchSize: 1, maxLength: 2 });
    const x = wave([1, 1, 6]);
    const finite = async (y: tf.Tensor) => [...(await y.data())].every((value) => Number.isFinite(value));
    expect(await finite(decoder.forward(x))).toBe(true);
    expect(await finite(decoder.forward(x))).toBe(true);
    expect([...(await decoder.forward(x).data())].every((value) => Number.isNaN(value))).toBe(true);
  });
});

describe("MultiHeadAttention", () => {
  test("takes keys and values from what is given, and from the queries otherwise", async () => {
    const model = make();
    const [q, k] = [wave([2, 3, 6]), wave([2, 5, 6], 1, 0.5)];
    await expect(model.forward(q)).toBeAllClose(model.forward(q, q, q));
    await expect(model.forward(q, k)).toBeAllClose(model.forward(q, k, k, {}));
    await expect(model.forward(q, undefined, { decode: false })).toBeAllClose(model.forward(q, q));
  });

  test("keys and values may have other features, and the output its own", async () => {
    const model = new MultiHeadAttention(2, 6, 8, 5, {
      decode: false,
      inKvFeatures: 3,
      rngs: new Rngs(0),
      useBias: false,
    });
    expect(model.key.kernel.shape).toEqual([3, 2, 4]);
    expect(model.query.bias).toBeUndefined();
    expect(model.forward(wave([2, 4, 6]), wave([2, 7, 3])).shape).toEqual([2, 4, 5]);
  });

  test("keeps a fork for dropout, which the streams of the call beat", async () => {
    const x = wave([2, 4, 6]);
    const options = { dropoutRate: 0.5, deterministic: false };
    const model = make({ ...options, rngs: new Rngs({ params: 0, dropout: 1 }) });
    const forgetful = make({ ...options, keepRngs: false, rngs: new Rngs({ params: 0 }) });
    const kept = model.forward(x);
    await expect(forgetful.forward(x, { rngs: new Rngs({ dropout: 1 }).fork() })).toBeAllClose(kept);
    await expect(model.forward(x, { rngs: new Rngs(7) })).toBeAllClose(
      forgetful.forward(x, { rngs: new Rngs(7).stream() }),
    );
    const still = make({ dropoutRate: 0 }).forward(x);
    await expect(model.forward(x, { deterministic: true })).toBeAllClose(still);
    await expect(view(model, { deterministic: true }).forward(x)).toBeAllClose(still);
    expect([...(await model.rngs!.count.value.data())]).toEqual([1]);
  });

  test("sows its weights for capture where asked to, before dropout", async () => {
    const model = make({ dropoutRate: 0.5, deterministic: false });
    const x = wave([2, 3, 6]);
    const run = (layer: MultiHeadAttention) => layer.forward(x, { sowWeights: true, isCausal: true });
    const [, sown] = capture(run, Intermediate)(model);
    const [[path, leaf] = [], ...more] = sown.entries;
    expect([path, leaf?.shape, more]).toEqual([["attentionWeights", 0], [2, 4, 3, 3], []]);
    const weights = (leaf as Intermediate).value;
    await expect(tf.sum(weights, -1)).toBeAllClose(tf.ones([2, 4, 3]));
    await expect(tf.mul(weights, tf.sub(1, makeCausalMask(tf.ones([2, 3]))))).toBeAllClose(
      tf.zeros([2, 4, 3, 3]),
    );
    expect(capture((layer: MultiHeadAttention) => layer.forward(x), Intermediate)(model)[1].size).toBe(0);
  });

  test("hands masks and biases to an attention of one's own", async () => {
    const seen: unknown[] = [];
    const model = make({
      attentionFn: (query, _key, _value, options) => {
        seen.push(options.mask, options.bias, options.isCausal);
        return query;
      },
    });
    const [x, mask, bias] = [wave([2, 3, 6]), makeCausalMask(tf.ones([2, 3])), wave([3, 3])];
    const y = model.forward(x, { mask, bias, isCausal: true });
    expect(seen).toEqual([mask, bias, true]);
    await expect(y).toBeAllClose(model.out.forward(model.query.forward(x)));
  });
});
