import { combineMasks, dotProductAttention, grad, makeAttentionMask, makeCausalMask } from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import { finiteDifference, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { describe, expect, inject, test } from "vitest";

const inputs = (heads = 2, kvHeads = heads): [tf.Tensor, tf.Tensor, tf.Tensor] => [
  wave([2, 3, heads, 4]),
  wave([2, 5, kvHeads, 4], 1, 0.4),
  wave([2, 5, kvHeads, 3], 1, 0.9),
];

/** `x` `[batch, length, heads, depth]` with each head `times` times, one after the other. */
function repeated(x: tf.Tensor, times: number): tf.Tensor {
  const [batch, length, heads, depth] = x.shape as [number, number, number, number];
  return tf.reshape(tf.tile(tf.expandDims(x, 3), [1, 1, 1, times, 1]), [batch, length, heads * times, depth]);
}

describe("dotProductAttention", () => {
  test.each([
    [4, 2],
    [6, 3],
    [3, 1],
  ])("%i heads of the query share %i of the keys, successive ones the same", async (heads, kvHeads) => {
    const [q, k, v] = inputs(heads, kvHeads);
    const bias = wave([heads, 3, 5]);
    const times = heads / kvHeads;
    const expected = dotProductAttention(q, repeated(k, times), repeated(v, times), { bias });
    await expect(dotProductAttention(q, k, v, { bias })).toBeAllClose(expected);
  });

  test("needs no batch axes, and takes several", async () => {
    const [q, k, v] = inputs();
    const y = dotProductAttention(q, k, v);
    const alone = [q, k, v].map((x) => tf.unstack(x)[1]!) as [tf.Tensor, tf.Tensor, tf.Tensor];
    await expect(dotProductAttention(...alone)).toBeAllClose(tf.unstack(y)[1]!);
    const more = [q, k, v].map((x) => tf.expandDims(x, 1)) as [tf.Tensor, tf.Tensor, tf.Tensor];
    await expect(dotProductAttention(...more)).toBeAllClose(tf.expandDims(y, 1));
  });

  test("a query that sees nothing gives all keys the same weight, others only what they see", async () => {
    const [q, k, v] = inputs(1);
    const mask = tf.tensor2d([
      [0, 0, 0, 0, 0],
      [0, 1, 0, 0, 0],
      [1, 1, 1, 1, 1],
    ]);
    for (const dtype of ["float32", "int32", "bool"] as const) {
      const y = dotProductAttention(q, k, v, { mask: tf.cast(mask, dtype) });
      const [nothing, one, all] = tf.unstack(y, 1);
      await expect(nothing!).toBeAllClose(tf.mean(v, 1));
      await expect(one!).toBeAllClose(tf.squeeze(tf.slice(v, [0, 1, 0, 0], [2, 1, 1, 3]), [1]));
      await expect(all!).toBeAllClose(tf.unstack(dotProductAttention(q, k, v), 1)[2]!);
    }
  });

  test("isCausal is the causal mask, beside another mask as well", async () => {
    const q = wave([2, 4, 2, 3]);
    const causal = makeCausalMask(tf.ones([2, 4]));
    const padding = tf.tensor([1, 1, 1, 0, 1, 1, 0, 0], [2, 1, 1, 4]);
    await expect(dotProductAttention(q, q, q, { isCausal: true })).toBeAllClose(
      dotProductAttention(q, q, q, { mask: causal }),
    );
    await expect(dotProductAttention(q, q, q, { isCausal: true, mask: padding })).toBeAllClose(
      dotProductAttention(q, q, q, { mask: combineMasks(causal, padding) }),
    );
  });

  test.each([true, false])(
    "drops weights by the key, shared by batch and heads: %s",
    async (broadcastDropout) => {
      const [q, k] = inputs();
      const v = wave([2, 5, 2, 3]);
      const dropoutRng = random.key(3);
      const options = { dropoutRate: 0.4, broadcastDropout, dropoutRng };
      const keep = random.bernoulli(dropoutRng, 0.6, broadcastDropout ? [1, 1, 3, 5] : [2, 2, 3, 5]);
      // The values are taken apart into unit vectors, so that the outputs are the weights.
      const units = tf.tile(tf.reshape(tf.eye(5), [1, 5, 1, 5]), [2, 1, 2, 1]);
      const weights = tf.transpose(dotProductAttention(q, k, units), [0, 2, 1, 3]);
      const expected = tf.div(tf.mul(weights, tf.cast(keep, "float32")), 0.6);
      await expect(tf.transpose(dotProductAttention(q, k, units, options), [0, 2, 1, 3])).toBeAllClose(
        expected,
      );
      await expect(dotProductAttention(q, k, v, { ...options, deterministic: true })).toBeAllClose(
        dotProductAttention(q, k, v),
      );
      await expect(dotProductAttention(q, k, v, { ...options, dropoutRate: 1 })).toBeAllClose(
        tf.zeros([2, 3, 2, 3]),
      );
    },
  );

  test("gradients agree with finite differences, through masks, bias and shared heads", async () => {
    const values = [...inputs(4, 2), wave([4, 3, 5], 0.5)];
    const mask = makeAttentionMask(tf.ones([2, 3]), tf.tensor2d([1, 1, 0, 1, 1, 0, 0, 1, 1, 1], [2, 5]));
    const loss = (...[q, k, v, bias]: tf.Tensor[]) => {
      const y = dotProductAttention(q!, k!, v!, { bias, mask, isCausal: true });
      return tf.sum(tf.mul(y, wave(y.shape, 1, 1.1)));
    };
    const directions = values.map((x, i) => wave(x.shape, 1, 2 + i));
    const grads = grad(loss, { argnums: [0, 1, 2, 3] })(...values) as tf.Tensor[];
    const along = tf.addN(grads.map((gradient, i) => tf.sum(tf.mul(gradient, directions[i]!))));
    // Five-point differences in float32 are good for some 1e-5 of the loss.
    await expect(along).toBeAllClose([await finiteDifference(loss, values, directions)], {
      rtol: 1e-3,
      atol: 1e-4,
    });
  });
});

describe("what is not seen", () => {
  const LOWEST = -3.4028234663852886e38;

  /** As Flax computes it, in doubles: the lowest float32 for what is not seen, after the bias. */
  function expectedWeights(scores: number[][], bias: number[][], visible: boolean[][]): number[] {
    return scores.flatMap((row, i) => {
      const masked = row.map((score, j) => (visible[i]![j] ? Math.fround(score + bias[i]![j]!) : LOWEST));
      const largest = Math.max(...masked);
      const powers = masked.map((score) => Math.exp(score - largest));
      const sum = powers.reduce((total, power) => total + power, 0);
      return powers.map((power) => power / sum);
    });
  }

  const [queries, keys] = [3, 4];
  const rows = <T>(of: fc.Arbitrary<T>) =>
    fc.array(fc.array(of, { minLength: keys, maxLength: keys }), { minLength: queries, maxLength: queries });

  test("has no weight, whatever the bias; of nothing but hidden keys each has the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        rows(fc.constantFrom(0, 0, 1.5, -2, -1e9, -1e20, -1e30, -2e30, LOWEST, -Infinity)),
        fc.option(rows(fc.boolean()), { nil: undefined }),
        fc.boolean(),
        fc.integer({ min: -1, max: queries - 1 }),
        async (bias, mask, isCausal, hidden) => {
          const visible = bias.map((row, i) =>
            row.map((_, j) => i !== hidden && (mask?.[i]![j] ?? true) && (!isCausal || j <= i)),
          );
          // A row of nothing but -Infinity has no softmax.
          fc.pre(bias.every((row, i) => row.some((b, j) => b !== -Infinity || !visible[i]![j])));
          const [q, k] = [wave([1, queries, 1, 2]), wave([1, keys, 1, 2], 1, 2)];
          const needsMask = mask !== undefined || hidden >= 0;
          const given = bias.map((row, i) => row.map((_, j) => i !== hidden && (mask?.[i]![j] ?? true)));
          const y = dotProductAttention(q, k, tf.reshape(tf.eye(keys), [1, keys, 1, keys]), {
            bias: tf.tensor(bias.flat(), [1, 1, queries, keys]),
            mask: needsMask ? tf.tensor(given.flat().map(Number), [1, 1, queries, keys]) : undefined,
            isCausal,
          });
          const scores = tf.matMul(tf.reshape(q, [queries, 2]), tf.reshape(k, [keys, 2]), false, true);
          const exact = (await tf.mul(scores, Math.SQRT1_2).array()) as number[][];
          await expect(y).toBeAllClose(expectedWeights(exact, bias, visible), { rtol: 1e-4, atol: 1e-6 });
        },
      ),
      { numRuns: ["cpu", "wasm"].includes(inject("backend")) ? 100 : 20 },
    );
  });

  test("a bias of -1e30 at the one key that is seen leaves it seen", async () => {
    const bias = tf.tensor([-1e30, 0, 0, 0, -1e30, 0, -1e30, 0, 0], [1, 1, 3, 3]);
    const units = tf.reshape(tf.eye(3), [1, 3, 1, 3]);
    const [q, k] = [tf.zeros([1, 3, 1, 2]), tf.zeros([1, 3, 1, 2])];
    await expect(dotProductAttention(q, k, units, { bias, isCausal: true })).toBeAllClose([
      1, 0, 0, 1, 0, 0, 0, 0.5, 0.5,
    ]);
  });
});

describe("masks", () => {
  test("makeAttentionMask pairs what both sides have", async () => {
    const query = tf.tensor2d([[1, 0, 1]]);
    const key = tf.tensor2d([[1, 0]]);
    const mask = makeAttentionMask(query, key);
    expect(mask.shape).toEqual([1, 1, 3, 2]);
    expect(mask.dtype).toBe("float32");
    await expect(mask).toBeAllClose([1, 0, 0, 0, 1, 0]);
    const bools = makeAttentionMask(tf.cast(query, "bool"), tf.cast(key, "bool"), { dtype: "bool" });
    expect(bools.dtype).toBe("bool");
    await expect(bools).toBeAllClose([1, 0, 0, 0, 1, 0]);
    const segments = tf.tensor1d([1, 1, 2], "int32");
    const same = makeAttentionMask(segments, segments, { pairwiseFn: tf.equal, extraBatchDims: 2 });
    expect(same.shape).toEqual([1, 1, 1, 3, 3]);
    await expect(same).toBeAllClose([1, 1, 0, 1, 1, 0, 0, 0, 1]);
  });

  test("makeCausalMask lets nobody see what comes later, whatever the input holds", async () => {
    const mask = makeCausalMask(tf.zeros([2, 3]));
    expect(mask.shape).toEqual([2, 1, 3, 3]);
    await expect(mask).toBeAllClose([1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1]);
    expect(makeCausalMask(tf.zeros([4], "int32"), { extraBatchDims: 1, dtype: "bool" }).shape).toEqual([
      1, 1, 4, 4,
    ]);
  });

  test("combineMasks is true where all are", async () => {
    const [a, b] = [tf.tensor1d([1, 1, 0]), tf.tensor1d([true, false, true], "bool")];
    await expect(combineMasks(a, undefined, b, null)!).toBeAllClose([1, 0, 0]);
    expect(combineMasks(a, b, { dtype: "bool" })!.dtype).toBe("bool");
    expect(combineMasks(undefined, null)).toBeUndefined();
    expect(combineMasks()).toBeUndefined();
  });
});
