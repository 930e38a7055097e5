/** @file Where temporary buffers lie: those that are not needed at the same time share memory. */
import type { Buffer } from "../expr/expr.ts";
import { readsOf, writesOf } from "../steps/accesses.ts";
import type { Step } from "../steps/step.ts";
import { Occupancy } from "./occupancy.ts";
import type { Assigned } from "./outputs.ts";

/** Places in a workspace. */
export interface Plan {
  /** Byte offsets of temporary buffers. */
  readonly offsets: ReadonlyMap<Buffer, number>;
  /** Of the workspace. */
  readonly bytes: number;
  /** The most bytes that temporary buffers in use at one time have: no order of the steps needs less than that. */
  readonly live: number;
}

interface Lifetime {
  readonly buffer: Buffer;
  readonly bytes: number;
  readonly first: number;
  last: number;
}

/** Bytes of a vector: buffers begin and end at multiples. */
const VECTOR = 16;

/** Gives each temporary buffer a place, the largest first, at the lowest offset that is free while it lives. */
export function planMemory(steps: readonly Step[], { outputOf }: Assigned): Plan {
  const lifetimes = lifetimesOf(steps, outputOf);
  const occupancy = new Occupancy(steps.length);
  const offsets = new Map<Buffer, number>();
  let bytes = 0;
  for (const lifetime of [...lifetimes].sort((a, b) => b.bytes - a.bytes)) {
    const { first, last } = lifetime;
    const offset = occupancy.lowestFree(first, last, lifetime.bytes);
    occupancy.take(first, last, offset, lifetime.bytes);
    offsets.set(lifetime.buffer, offset);
    bytes = Math.max(bytes, offset + lifetime.bytes);
  }
  return { offsets, bytes, live: mostAtOnce(lifetimes, steps.length) };
}

function lifetimesOf(steps: readonly Step[], outputOf: ReadonlyMap<Buffer, number>): Lifetime[] {
  const lifetimes = new Map<Buffer, Lifetime>();
  for (const [i, step] of steps.entries()) {
    for (const buffer of new Set([...writesOf(step), ...readsOf(step)])) {
      if (buffer.role.kind !== "temporary" || outputOf.has(buffer)) continue;
      const known = lifetimes.get(buffer);
      if (known) known.last = i;
      else {
        const bytes = Math.ceil((4 * Math.max(1, buffer.size)) / VECTOR) * VECTOR;
        lifetimes.set(buffer, { buffer, bytes, first: i, last: i });
      }
    }
  }
  return [...lifetimes.values()];
}

function mostAtOnce(lifetimes: readonly Lifetime[], steps: number): number {
  const change = Array.from({ length: steps + 1 }, () => 0);
  for (const { bytes, first, last } of lifetimes) {
    change[first]! += bytes;
    change[last + 1]! -= bytes;
  }
  let now = 0;
  let most = 0;
  for (const bytes of change) most = Math.max(most, (now += bytes));
  return most;
}
