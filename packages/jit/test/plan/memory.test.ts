/** @file Where temporary buffers lie: never two in one place at the same time, each as low as it can be. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Buffer } from "../../src/expr/expr.ts";
import { type Moment, planMemory } from "../../src/plan/memory.ts";

interface Lifetime {
  readonly buffer: Buffer;
  readonly first: number;
  readonly last: number;
}

/** Moments of which the `first` of each lifetime writes its buffer, and the `last` reads it. */
function momentsOf(lifetimes: readonly Lifetime[], count: number): Moment[] {
  return Array.from({ length: count }, (_, i) => ({
    writes: lifetimes.filter(({ first }) => first === i).map(({ buffer }) => buffer),
    reads: lifetimes.filter(({ last }) => last === i).map(({ buffer }) => buffer),
  }));
}

const bytesOf = ({ size }: Buffer) => 16 * Math.ceil(size / 4);

/** The same plan by looking at all that was placed before. */
function plainOffsets(lifetimes: readonly Lifetime[]): Map<Buffer, number> {
  const offsets = new Map<Buffer, number>();
  const placed: Lifetime[] = [];
  const inOrder = [...lifetimes].sort((a, b) => a.first - b.first);
  for (const lifetime of inOrder.sort((a, b) => bytesOf(b.buffer) - bytesOf(a.buffer))) {
    const others = placed
      .filter(({ first, last }) => first <= lifetime.last && lifetime.first <= last)
      .map(({ buffer }) => [offsets.get(buffer)!, bytesOf(buffer)] as const)
      .sort(([a], [b]) => a - b);
    let at = 0;
    for (const [offset, bytes] of others) {
      if (at + bytesOf(lifetime.buffer) <= offset) break;
      at = Math.max(at, offset + bytes);
    }
    offsets.set(lifetime.buffer, at);
    placed.push(lifetime);
  }
  return offsets;
}

const lifetimes = fc.array(fc.tuple(fc.nat(40), fc.nat(40), fc.integer({ min: 1, max: 30 })), {
  maxLength: 80,
});

test("each buffer is at the lowest place that is free while it lives, the largest first", () => {
  fc.assert(
    fc.property(lifetimes, (cases) => {
      const all = cases
        .map(([a, b, size], id): Lifetime => {
          const buffer: Buffer = { id, size, role: { kind: "temporary" } };
          return { buffer, first: Math.min(a, b), last: Math.max(a, b) };
        })
        .sort((a, b) => a.first - b.first);
      const { offsets, bytes } = planMemory(momentsOf(all, 41), { outputOf: new Map() });
      expect(offsets).toEqual(plainOffsets(all));
      expect(bytes).toBe(Math.max(0, ...all.map(({ buffer }) => offsets.get(buffer)! + bytesOf(buffer))));
    }),
    { numRuns: 300 },
  );
});

test("what a long gradient keeps lies in as much memory as it needs at one time", () => {
  const count = 20_000;
  const all = Array.from({ length: count }, (_, i): Lifetime => {
    const buffer: Buffer = { id: i, size: 4 + (i % 3), role: { kind: "temporary" } };
    return { buffer, first: i, last: 2 * count - 1 - i };
  });
  const moments = Array.from({ length: 2 * count }, (_, i): Moment => ({
    writes: i < count ? [all[i]!.buffer] : [],
    reads: i < count ? [] : [all[2 * count - 1 - i]!.buffer],
  }));
  const { bytes, live } = planMemory(moments, { outputOf: new Map() });
  expect(bytes).toBe(live);
});
