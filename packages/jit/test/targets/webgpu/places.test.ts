import * as fc from "fast-check";
import { expect, test } from "vitest";
import { product, type Segment } from "../../../src/expr/segments.ts";
import { termsOf } from "../../../src/targets/webgpu/emit/places.ts";

/** Where element `index` lies, run by run. */
function placeOf(segments: readonly Segment[], index: number): number {
  let [place, rest] = [0, index];
  for (let run = segments.length - 1; run >= 0; run--) {
    const { size, stride } = segments[run]!;
    place += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return place;
}

/** Positions along axes of `sizes` of element `index`. */
function positionsOf(sizes: readonly number[], index: number): number[] {
  const positions: number[] = [];
  let rest = index;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    positions.unshift(rest % sizes[axis]!);
    rest = Math.floor(rest / sizes[axis]!);
  }
  return positions;
}

const segment = fc.record({ size: fc.integer({ min: 1, max: 6 }), stride: fc.integer({ min: -9, max: 9 }) });

test("terms sum up to the place of each element, over any axes", () => {
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 5 }), fc.nat(), (segments, cut) => {
      const sizes = segments.map(({ size }) => size);
      const total = product(sizes);
      const at = cut % (sizes.length + 1);
      for (const axes of [[total], [product(sizes.slice(0, at)), product(sizes.slice(at))]]) {
        const terms = termsOf({ offset: 0, segments }, axes)!;
        for (let index = 0; index < total; index++) {
          const positions = positionsOf(axes, index);
          const place = terms.reduce(
            (sum, { axis, inner, factor }) => sum + Math.floor(positions[axis]! / inner) * factor,
            0,
          );
          expect(place).toBe(placeOf(segments, index));
        }
      }
    }),
  );
});

test("contiguous elements and repeated ones take no division", () => {
  expect(termsOf({ offset: 0, segments: [{ size: 12, stride: 1 }] }, [12])).toEqual([
    { axis: 0, inner: 1, factor: 1 },
  ]);
  expect(termsOf({ offset: 0, segments: [{ size: 12, stride: 0 }] }, [12])).toEqual([]);
  const bias = { offset: 0, segments: [{ size: 3, stride: 0 }, { size: 4, stride: 1 }] }; // prettier-ignore
  expect(termsOf(bias, [3, 4])).toEqual([{ axis: 1, inner: 1, factor: 1 }]);
  const column = { offset: 0, segments: [{ size: 3, stride: 1 }, { size: 4, stride: 0 }] }; // prettier-ignore
  expect(termsOf(column, [12])).toEqual([{ axis: 0, inner: 4, factor: 1 }]);
});

test("runs that go across axes cannot be told apart", () => {
  const across = { offset: 0, segments: [{ size: 3, stride: 10 }, { size: 8, stride: 1 }] }; // prettier-ignore
  expect(termsOf(across, [4, 6])).toBeUndefined();
});
