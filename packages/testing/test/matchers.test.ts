import { expectNoLeak, fromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const fails = (comparison: Promise<unknown>) => expect(comparison).rejects.toThrow(/not all close/);

test("toBeAllClose allows errors up to the tolerance and no more", async () => {
  const x = tf.tensor1d([1, 100]);
  await expect(x).toBeAllClose([1.0009, 100.09], { rtol: 1e-3, atol: 0 });
  await fails(expect(x).toBeAllClose([1.0009, 100.2], { rtol: 1e-3, atol: 0 }));
  await fails(expect(x).toBeAllClose([1.1, 100]));
});

test("toBeAllClose, scaled, allows errors of the largest number expected, and of 1", async () => {
  const x = tf.tensor1d([0, 100]);
  await expect(x).toBeAllClose([0.0009, 100.0009], { scaled: true });
  await fails(expect(x).toBeAllClose([0.0011, 100], { scaled: true }));
  await expect(tf.scalar(0)).toBeAllClose([9e-6], { scaled: true });
  await fails(expect(tf.tensor1d([0, Infinity, NaN])).toBeAllClose([1e-3, Infinity, NaN], { scaled: true }));
});

test("toBeAllClose compares shapes, sizes, NaN and infinities", async () => {
  await fails(expect(tf.ones([2, 1])).toBeAllClose(tf.ones([1, 2])));
  await fails(expect(tf.ones([2])).toBeAllClose([1, 1, 1]));
  await expect(tf.tensor1d([NaN, Infinity])).toBeAllClose([NaN, Infinity]);
  await fails(expect(tf.tensor1d([NaN])).toBeAllClose([0], { atol: Infinity, rtol: 0 }));
  await fails(expect(tf.tensor1d([Infinity])).toBeAllClose([-Infinity]));
});

test("reference arrays keep their dtype, and unsigned words their bits", async () => {
  const words = fromGolden({ shape: [2], dtype: "uint32", data: [4294967295, 1] });
  expect(words.dtype).toBe("int32");
  expect([...(await words.data())]).toEqual([-1, 1]);
  const special = fromGolden({ shape: [3], dtype: "float32", data: [null, "inf", "-inf"] });
  expect([...(await special.data())]).toEqual([NaN, Infinity, -Infinity]);
});

test("expectNoLeak finds a tensor that stays behind", async () => {
  await expectNoLeak(() => tf.zeros([2]).dispose());
  await expect(expectNoLeak(() => tf.zeros([2]))).rejects.toThrow(/leak/);
});
