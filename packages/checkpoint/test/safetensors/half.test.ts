/** @file Half-precision floats: all float16 and bfloat16, and the rounding of float32 to them, against arithmetic. */
import {
  FileFormatError,
  LossyConversionError,
  readSafetensors,
  writeSafetensors,
  type StoredDtype,
} from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Reads words as a tensor of F16 or BF16. */
async function read(dtype: "F16" | "BF16", words: Uint16Array): Promise<Float32Array> {
  const bytes = await writeSafetensors({ x: { dtype, shape: [words.length], data: words } });
  const file = await readSafetensors(bytes);
  using tensor = await file.tensor("x");
  return (await tensor.data()).slice() as Float32Array;
}

/** Writes floats as F16 or BF16; gives the words. */
async function write(dtype: StoredDtype, values: Float32Array): Promise<Uint16Array> {
  using tensor = tf.tensor1d(values);
  const bytes = await writeSafetensors({ x: tensor }, { dtype });
  return new Uint16Array(bytes.slice(-2 * values.length).buffer);
}

/** What IEEE 754 says that a word with `exponentBits` and `mantissaBits` is. */
function meaning(word: number, exponentBits: number, mantissaBits: number): number {
  const sign = word >> 15 ? -1 : 1;
  const exponent = (word >> mantissaBits) & (2 ** exponentBits - 1);
  const mantissa = (word & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias);
  return sign * (1 + mantissa) * 2 ** (exponent - bias);
}

const KINDS = [
  { dtype: "F16", exponentBits: 5, mantissaBits: 10 },
  { dtype: "BF16", exponentBits: 8, mantissaBits: 7 },
] as const;

describe.each(KINDS)("$dtype", ({ dtype, exponentBits, mantissaBits }) => {
  const words = Uint16Array.from({ length: 1 << 16 }, (_, word) => word);
  const all = Float64Array.from(words, (word) => meaning(word, exponentBits, mantissaBits));
  /** The words of what is finite and not negative, smallest first. */
  const finite = words.subarray(0, all.indexOf(Infinity));

  test("every word", async () => {
    expect(Float64Array.from(await read(dtype, words))).toEqual(all);
  });

  test("every word is written again", async () => {
    const written = await write(dtype, await read(dtype, words));
    // The payloads of NaNs may not fit.
    const different = words.filter((word) => !Number.isNaN(all[word]!) && written[word] !== word);
    expect([...different]).toEqual([]);
    expect(written.every((word, i) => !Number.isNaN(all[i]!) || Number.isNaN(all[word]!))).toBe(true);
  });

  test("between two neighbours the nearer one is taken, of equally near ones the even", async () => {
    const cases: [number, number][] = [];
    for (const low of finite.subarray(0, -1)) {
      const middle = (all[low]! + all[low + 1]!) / 2;
      const even = low % 2 === 0 ? low : low + 1;
      const float = new Float32Array([middle]);
      const bits = new Uint32Array(float.buffer);
      if (float[0] !== middle) continue;
      cases.push([middle, even]);
      bits[0]!++;
      cases.push([float[0], low + 1]);
      bits[0]! -= 2;
      cases.push([float[0], low]);
    }
    const values = Float32Array.from(cases, ([value]) => value);
    const expected = cases.map(([, word]) => word);
    expect([...(await write(dtype, values))]).toEqual(expected);
    expect([
      ...(await write(
        dtype,
        values.map((value) => -value),
      )),
    ]).toEqual(expected.map((word) => word | 0x8000));
    expect(cases.length).toBeGreaterThan(60_000);
  });

  test("any float32 becomes the nearest", async () => {
    const largest = all[finite.length - 1]!;
    const property = fc.asyncProperty(fc.float({ noNaN: true, min: -60_000, max: 60_000 }), async (value) => {
      const [word] = await write(dtype, Float32Array.of(value));
      const distance = Math.abs(all[word!]! - value);
      const others = [word! - 1, word! + 1].map((near) => Math.abs(all[near]! - value));
      expect(others.filter((other) => other < distance)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 300 });
    expect(largest).toBeGreaterThan(60_000);
  });

  test("what is too large is an error, infinity is not", async () => {
    const largest = all[finite.length - 1]!;
    const step = largest - all[finite.length - 2]!;
    const float = new Float32Array([largest + step / 2]);
    new Uint32Array(float.buffer)[0]!--;
    expect([...(await write(dtype, float))]).toEqual([finite.length - 1]);
    for (const sign of [1, -1]) {
      const error: unknown = await write(dtype, Float32Array.of(0, sign * (largest + step / 2))).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(LossyConversionError);
      expect(error).toMatchObject({ tensor: "x", index: 1 });
    }
    const infinite = Float32Array.of(Infinity, -Infinity, NaN, 0, -0);
    expect(await read(dtype, await write(dtype, infinite))).toEqual(infinite);
  });
});

test.each([
  ["float16", /found "float16"\. Write \{ dtype: "F16" \}/],
  ["bf16", /Write \{ dtype: "BF16" \}/],
  ["F17", /found "F17"\.$/],
  [null, /found null/],
])("%s is no dtype, and is not taken for float32", async (dtype, message) => {
  using x = tf.tensor1d([1]);
  const written = writeSafetensors({ x }, { dtype: dtype as "F16" });
  await expect(written).rejects.toThrow(FileFormatError);
  await expect(writeSafetensors({ x }, { dtype: dtype as "F16" })).rejects.toThrow(message);
});
