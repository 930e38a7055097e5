/** @file Integer powers are accurate enough for bias correction, on every backend. */
import { integerPower, IntegerPowerArgumentError } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, inject, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SMALL = Array.from({ length: 40 }, (_, i) => i);
const LARGE = [63, 64, 100, 255, 999, 1000, 4095, 12_345, 65_535, 1_000_000, 16_777_215];
const EXPONENTS = SMALL.concat(LARGE, [-1, -7]);
const host = ["cpu", "wasm"].includes(inject("backend"));
/** One unit in the last place on the host; a rounding for each pair of bits of the exponent on a GPU. */
const tolerance = { rtol: (host ? 1 : 6) * 2 ** -23, atol: 1e-37 };

test.each([0.9, 0.99, 0.999, 0.9999, 0, 1, 1.0001, 2, -0.5])("%f to many powers", async (base) => {
  for (const exponent of EXPONENTS) {
    const expected = Math.fround(Math.fround(base) ** exponent);
    if (!Number.isFinite(expected)) continue;
    const power = integerPower(base, tf.scalar(exponent, "int32"));
    expect(power.dtype).toBe("float32");
    expect(power.shape).toEqual([]);
    await expect(power).toBeAllClose([expected], tolerance);
  }
});

test("an exponent that the device computed is accepted", async () => {
  // Large enough for webgl to compute it on the GPU.
  const exponent = tf.sum(tf.ones([200, 5], "int32"));
  expect(exponent.dtype).toBe("int32");
  await expect(integerPower(0.999, exponent)).toBeAllClose([Math.fround(0.999) ** 1000], tolerance);
  await expect(integerPower(0.999, tf.neg(exponent))).toBeAllClose([Math.fround(0.999) ** -1000], tolerance);
});

test("an exponent that is no int32 scalar is refused", () => {
  expect(() => integerPower(0.9, tf.scalar(3))).toThrow(IntegerPowerArgumentError);
  expect(() => integerPower(0.9, tf.tensor1d([3], "int32"))).toThrow(/found int32 tensor \[1\]/);
});

test("no tensor is left behind", async () => {
  const exponent = tf.scalar(3, "int32");
  await expect(expectNoLeak(() => integerPower(0.9, exponent).dispose())).resolves.toBeUndefined();
});
