import fc from "fast-check";
import { expect, test } from "vitest";
import { cumulative } from "../../../../src/targets/webgpu/routines/cumulative.ts";
import type { CumulativeSpec } from "../../../../src/steps/specs/ordering.ts";
import { randomFloats, runRoutine } from "./numbers.ts";

/** Compares with sums and products in float64; gives the largest relative error. */
async function errorOf(spec: CumulativeSpec, scale = 1): Promise<number> {
  const { outer, size, inner, operation, lane, exclusive, reverse } = spec;
  const floats = randomFloats(outer * size * inner, 5).map((x) =>
    operation === "sum" ? 1 + x : 1 + scale * x,
  );
  const x = lane === "f32" ? floats : Int32Array.from(floats, (value) => 2 ** 28 * value);
  const y = x.map(() => 77);
  await runRoutine(([a, b], temporaries) => cumulative(spec, [a!, b!], temporaries), x, y);
  let worst = 0;
  for (let line = 0; line < outer * inner; line++) {
    let total = operation === "sum" ? 0 : 1;
    for (let i = 0; i < size; i++) {
      const position = reverse ? size - 1 - i : i;
      const at = (Math.floor(line / inner) * size + position) * inner + (line % inner);
      const before = total;
      if (lane === "i32") total = operation === "sum" ? (total + x[at]!) | 0 : Math.imul(total, x[at]!);
      else total = operation === "sum" ? total + x[at]! : total * x[at]!;
      const expected = exclusive ? before : total;
      worst = Math.max(worst, Math.abs(y[at]! - expected) / Math.max(1e-30, Math.abs(expected)));
    }
  }
  return worst;
}

test("sums and products along any axis, either way, with and without the element itself", async () => {
  const specs: fc.Arbitrary<CumulativeSpec> = fc.record({
    outer: fc.integer({ min: 1, max: 4 }),
    size: fc.integer({ min: 1, max: 90 }),
    inner: fc.constantFrom(1, 2, 10),
    operation: fc.constantFrom("sum", "product"),
    lane: fc.constantFrom("f32", "i32"),
    exclusive: fc.boolean(),
    reverse: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(specs, async (spec) => {
      expect(await errorOf(spec)).toBeLessThanOrEqual(spec.lane === "i32" ? 0 : 1e-5);
    }),
    { numRuns: 12 },
  );
});

test.each([
  { outer: 1, size: 2049, inner: 1, reverse: true, exclusive: true },
  { outer: 1, size: 1_000_003, inner: 1, reverse: false, exclusive: false },
  { outer: 2, size: 20_000, inner: 3, reverse: true, exclusive: true },
  { outer: 256, size: 40, inner: 65, reverse: false, exclusive: false },
])("long ones: %o", async (sizes) => {
  expect(await errorOf({ ...sizes, operation: "sum", lane: "f32" })).toBeLessThan(2e-6);
  expect(await errorOf({ ...sizes, operation: "sum", lane: "i32" })).toBe(0);
});
