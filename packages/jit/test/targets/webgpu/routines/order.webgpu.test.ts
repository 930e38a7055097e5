import fc from "fast-check";
import { random } from "@nnx-js/tensor";
import { describe, expect, test } from "vitest";
import { argExtreme } from "../../../../src/targets/webgpu/routines/arg-extreme.ts";
import { permutation } from "../../../../src/targets/webgpu/routines/permutation.ts";
import { topK } from "../../../../src/targets/webgpu/routines/top-k.ts";
import { randomFloats, runRoutine } from "./numbers.ts";

/** Few different numbers, so that there are ties, zeros of both signs, and some NaN. */
function coarse(length: number, seed: number): Float32Array {
  return randomFloats(length, seed).map((x) => (x > 0.99 ? NaN : Math.round(20 * x)));
}

/** The order in which `elements` come, the largest first, NaN before all, equal ones by their index. */
function descending(elements: readonly number[]): number[] {
  const rank = (x: number) => (Number.isNaN(x) ? 1 : 0);
  return [...elements.keys()].sort((a, b) => {
    const [x, y] = [elements[a]!, elements[b]!];
    return rank(y) - rank(x) || (rank(x) ? 0 : y - x) || a - b;
  });
}

async function checkTopK(rows: number, size: number, k: number, lane: "f32" | "i32"): Promise<void> {
  const floats = coarse(rows * size, size);
  const x = lane === "f32" ? floats : Int32Array.from(floats);
  const values = lane === "f32" ? new Float32Array(rows * k) : new Int32Array(rows * k);
  const indices = new Int32Array(rows * k);
  await runRoutine(
    ([a, b, c], temporaries) => topK({ rows, size, k, lane }, [a!, b!, c!], temporaries),
    x,
    values,
    indices,
  );
  for (let row = 0; row < rows; row++) {
    const elements = [...x.subarray(row * size, (row + 1) * size)];
    const order = descending(elements).slice(0, k);
    expect([...indices.subarray(row * k, (row + 1) * k)]).toEqual(order);
    expect([...values.subarray(row * k, (row + 1) * k)]).toEqual(order.map((i) => elements[i]));
  }
}

describe("top k", () => {
  test("is what a stable sort gives, with ties by index and NaN first", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom("f32", "i32"),
        (rows, size, part, lane) => checkTopK(rows, size, 1 + Math.floor(part * (size - 1)), lane),
      ),
      { numRuns: 4 },
    );
  });

  test.each([
    [2, 1025, 3],
    [2, 1025, 300],
    [1, 9001, 40],
    [1, 5000, 5000],
  ])("of %d rows of %d, %d are found", (rows, size, k) => checkTopK(rows, size, k, "f32"));
});

test.each([
  [1, 0],
  [2, 1],
  [1700, 2],
  [5000, 2],
])("permutations of %d are those of eager mode", async (count, rounds) => {
  const key = random.key(42);
  const expected = random.permutation(key, count);
  const words = Int32Array.from(await key.data());
  const spec = { count, rounds, gathers: false };
  const order = new Int32Array(count);
  await runRoutine((buffers, temporaries) => permutation(spec, buffers, temporaries), words, order);
  expect([...order]).toEqual([...(await expected.data())]);
  const [x, y] = [randomFloats(count), new Float32Array(count)];
  await runRoutine(
    (buffers, temporaries) => permutation({ ...spec, gathers: true }, buffers, temporaries),
    words,
    x,
    y,
  );
  expect([...y]).toEqual(Array.from(order, (i) => x[i]));
  key.dispose();
  expected.dispose();
});

async function checkArgExtreme(
  { outer, length, inner }: { outer: number; length: number; inner: number },
  lane: "f32" | "i32",
  extreme: "max" | "min",
): Promise<void> {
  const floats = coarse(outer * length * inner, length + 3);
  const x = lane === "f32" ? floats : Int32Array.from(floats, (value) => value * 2 ** 25);
  const found = new Int32Array(outer * inner);
  await runRoutine(
    ([a, b], temporaries) => argExtreme({ outer, length, inner, lane, extreme }, [a!, b!], temporaries),
    x,
    found,
  );
  const expected = found.map((_, i) => {
    const elements = Array.from({ length }, (_, at) => {
      return x[(Math.floor(i / inner) * length + at) * inner + (i % inner)]!;
    });
    const nan = elements.findIndex(Number.isNaN);
    if (nan >= 0) return nan;
    const sign = extreme === "max" ? 1 : -1;
    return elements.reduce((best, value, at) => (sign * value > sign * elements[best]! ? at : best), 0);
  });
  expect([...found]).toEqual([...expected]);
}

describe("the first of the largest and of the smallest elements", () => {
  test("is found along any axis", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          outer: fc.integer({ min: 1, max: 5 }),
          length: fc.integer({ min: 1, max: 300 }),
          inner: fc.constantFrom(1, 1, 2, 37),
        }),
        fc.constantFrom("f32", "i32"),
        fc.constantFrom("max", "min"),
        checkArgExtreme,
      ),
      { numRuns: 6 },
    );
  });

  test.each([
    [1, 200_003, 1],
    [1, 40_001, 3],
    [257, 255, 1],
    [1, 2, 65_537],
  ])("is found in %d times %d by %d", (outer, length, inner) =>
    checkArgExtreme({ outer, length, inner }, "f32", "max"),
  );

  test("is the first where all are the lowest, or NaN", async () => {
    for (const value of [-Infinity, NaN, Infinity]) {
      const [x, found] = [new Float32Array(3000).fill(value), Int32Array.of(7)];
      const spec = { outer: 1, length: 3000, inner: 1, lane: "f32", extreme: "max" } as const;
      await runRoutine(([a, b], temporaries) => argExtreme(spec, [a!, b!], temporaries), x, found);
      expect(found[0]).toBe(0);
    }
  });
});
