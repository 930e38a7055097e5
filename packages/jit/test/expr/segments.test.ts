import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  broadcast,
  commonSizes,
  contiguous,
  cut,
  type Layout,
  type Move,
  product,
  sliced,
  transposed,
} from "../../src/expr/segments.ts";

/** The places of all elements, one after the other. */
function placesOf({ offset, segments }: Layout): number[] {
  let places = [offset];
  for (const { size, stride } of segments) {
    places = places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * stride));
  }
  return places;
}

/** Elements with their indices, moved one by one. */
function moveIndices(
  shape: readonly number[],
  places: readonly number[],
  to: readonly number[],
  from: (index: readonly number[]) => readonly number[],
): number[] {
  return Array.from({ length: product(to) }, (_, linear) => {
    const index: number[] = [];
    let rest = linear;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      index[axis] = rest % to[axis]!;
      rest = Math.floor(rest / to[axis]!);
    }
    const source = from(index).reduce((sum, i, axis) => sum * shape[axis]! + i, 0);
    return places[source]!;
  });
}

interface Moved {
  shape: number[];
  layout: Layout;
  places: number[];
}

function moved(
  start: Moved,
  to: number[],
  move: Move,
  from: (index: readonly number[]) => readonly number[],
): Moved {
  const layout = move(start.layout);
  // A layout that cannot follow is replaced by a copy, whose elements lie one after the other.
  if (!layout) {
    const copy = contiguous(product(start.shape));
    return moved({ ...start, layout: copy, places: placesOf(copy) }, to, move, from);
  }
  return { shape: to, layout, places: moveIndices(start.shape, start.places, to, from) };
}

const operation = fc.oneof(
  fc.record({
    kind: fc.constant("transpose" as const),
    seed: fc.array(fc.nat(99), { minLength: 5, maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant("slice" as const),
    seed: fc.array(fc.nat(99), { minLength: 5, maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant("reverse" as const),
    seed: fc.array(fc.nat(99), { minLength: 5, maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant("broadcast" as const),
    seed: fc.array(fc.nat(99), { minLength: 5, maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant("reshape" as const),
    seed: fc.array(fc.nat(99), { minLength: 5, maxLength: 5 }),
  }),
);

describe("layouts", () => {
  test("follow transposes, slices, reversals, repetitions and reshapes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
        fc.array(operation, { maxLength: 6 }),
        (shape, operations) => {
          const start = contiguous(product(shape));
          let now: Moved = { shape, layout: start, places: placesOf(start) };
          for (const { kind, seed } of operations) {
            const rank = now.shape.length;
            if (kind === "transpose") {
              const perm = now.shape
                .map((_, axis) => axis)
                .sort((a, b) => seed[a % 5]! - seed[b % 5]! || a - b);
              now = moved(
                now,
                perm.map((axis) => now.shape[axis]!),
                transposed(now.shape, perm),
                (index) => now.shape.map((_, axis) => index[perm.indexOf(axis)]!),
              );
            } else if (kind === "slice") {
              const begin = now.shape.map((size, axis) => seed[axis % 5]! % size);
              const size = now.shape.map((all, axis) => 1 + (seed[(axis + 1) % 5]! % (all - begin[axis]!)));
              now = moved(now, size, sliced(now.shape, begin, size), (index) =>
                index.map((i, axis) => i + begin[axis]!),
              );
            } else if (kind === "reverse") {
              const flip = now.shape.map((_, axis) => seed[axis % 5]! % 2 === 1);
              const before = now.shape;
              now = moved(
                now,
                before,
                sliced(
                  before,
                  before.map((size, axis) => (flip[axis] ? size - 1 : 0)),
                  before,
                  before.map((_, axis) => (flip[axis] ? -1 : 1)),
                ),
                (index) => index.map((i, axis) => (flip[axis] ? before[axis]! - 1 - i : i)),
              );
            } else if (kind === "broadcast") {
              const before = now.shape;
              const to = before.map((size, axis) => (size === 1 ? 1 + (seed[axis % 5]! % 3) : size));
              if (product(to) > 400) continue;
              now = moved(now, to, broadcast(before, to), (index) =>
                index.map((i, axis) => (before[axis] === 1 ? 0 : i)),
              );
            } else if (rank > 1) {
              now = { ...now, shape: [now.shape[0]! * now.shape[1]!, ...now.shape.slice(2)] };
            }
          }
          expect(placesOf(now.layout)).toEqual(now.places);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("of common sizes are cut into runs at the same places", () => {
    const a = [
      { size: 6, stride: 4 },
      { size: 4, stride: 1 },
    ];
    const b = [
      { size: 12, stride: 0 },
      { size: 2, stride: 1 },
    ];
    const sizes = commonSizes([a, b], 24);
    expect(sizes).toEqual([6, 2, 2]);
    expect(cut(a, sizes!)).toEqual([
      { size: 6, stride: 4 },
      { size: 2, stride: 2 },
      { size: 2, stride: 1 },
    ]);
    expect(cut(b, sizes!)).toEqual([
      { size: 6, stride: 0 },
      { size: 2, stride: 0 },
      { size: 2, stride: 1 },
    ]);
  });

  test("of 4 x 6 and 6 x 4 have no common loops", () => {
    const a = [
      { size: 4, stride: 0 },
      { size: 6, stride: 1 },
    ];
    const b = [
      { size: 6, stride: 0 },
      { size: 4, stride: 1 },
    ];
    expect(commonSizes([a, b], 24)).toBeUndefined();
  });
});
