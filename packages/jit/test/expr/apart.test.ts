import * as fc from "fast-check";
import { expect, test } from "vitest";
import { areApart } from "../../src/expr/apart.ts";
import type { Layout } from "../../src/expr/segments.ts";

const contiguousRows = (rows: number, columns: number, stride: number, offset: number): Layout => ({
  offset,
  segments: [
    { size: rows, stride },
    { size: columns, stride: 1 },
  ],
});

const placesOf = ({ offset, segments }: Layout): Set<number> =>
  new Set(
    segments.reduce(
      (places, { size, stride }) =>
        places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * stride)),
      [offset],
    ),
  );

test("what joins tensors along any axis writes pieces that are apart", () => {
  expect(areApart(contiguousRows(4, 3, 8, 0), contiguousRows(4, 5, 8, 3))).toBe(true);
  expect(areApart(contiguousRows(4, 8, 8, 0), contiguousRows(2, 8, 8, 32))).toBe(true);
  // Even and odd elements.
  const every = (offset: number): Layout => ({ offset, segments: [{ size: 5, stride: 2 }] });
  expect(areApart(every(0), every(1))).toBe(true);
  // The same, the other way round.
  expect(areApart({ offset: 8, segments: [{ size: 5, stride: -2 }] }, every(1))).toBe(true);
});

test("pieces that share an element are not apart", () => {
  expect(areApart(contiguousRows(4, 3, 8, 0), contiguousRows(4, 5, 8, 2))).toBe(false);
  expect(areApart(contiguousRows(4, 3, 8, 0), contiguousRows(1, 1, 8, 25))).toBe(false);
  expect(areApart({ offset: 3, segments: [] }, { offset: 3, segments: [] })).toBe(false);
});

test("what is said to be apart never shares an element", () => {
  const layout = fc.record({
    offset: fc.integer({ min: 40, max: 60 }),
    segments: fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 4 }), stride: fc.integer({ min: -10, max: 10 }) }),
      { maxLength: 3 },
    ),
  });
  const property = fc.property(layout, layout, (a, b) => {
    const inB = placesOf(b);
    return !areApart(a, b) || ![...placesOf(a)].some((place) => inB.has(place));
  });
  expect(fc.check(property, { numRuns: 2000 }).failed).toBe(false);
});
