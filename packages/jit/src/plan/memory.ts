/** @file Where temporary buffers lie: those that are not needed at the same time share memory. */
import type { Buffer } from "../expr/expr.ts";
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

/** What is read and written at one time: by one step, or by several that run together. */
export interface Moment {
  readonly reads: Iterable<Buffer>;
  readonly writes: Iterable<Buffer>;
}

/** Bytes of a vector: buffers begin and end at multiples unless more is asked for. */
const VECTOR = 16;

/**
 * Gives each temporary buffer a place, the largest first, at the lowest offset that is free while it lives.
 *
 * @param moments in the order in which they come
 * @param parts how many equal parts buffers have, of which one is there at a time; 1 unless given
 * @param alignment buffers begin and end at multiples of so many bytes
 */
export function planMemory(
  moments: readonly Moment[],
  { outputOf, parts = 1 }: Pick<Assigned, "outputOf"> & { readonly parts?: number },
  alignment = VECTOR,
): Plan {
  const lifetimes = lifetimesOf(moments, outputOf, alignment, parts);
  const occupancy = new Occupancy(moments.length);
  const offsets = new Map<Buffer, number>();
  let bytes = 0;
  for (const lifetime of [...lifetimes].sort((a, b) => b.bytes - a.bytes)) {
    const { first, last } = lifetime;
    const offset = occupancy.lowestFree(first, last, lifetime.bytes);
    occupancy.take(first, last, offset, lifetime.bytes);
    offsets.set(lifetime.buffer, offset);
    bytes = Math.max(bytes, offset + lifetime.bytes);
  }
  return { offsets, bytes, live: mostAtOnce(lifetimes, moments.length) };
}

function lifetimesOf(
  moments: readonly Moment[],
  outputOf: ReadonlyMap<Buffer, number>,
  alignment: number,
  parts: number,
): Lifetime[] {
  const lifetimes = new Map<Buffer, Lifetime>();
  const note = (buffer: Buffer, moment: number) => {
    if (buffer.role.kind !== "temporary" || outputOf.has(buffer)) return;
    const known = lifetimes.get(buffer);
    if (known) known.last = moment;
    else {
      const bytes = Math.ceil((4 * Math.max(1, buffer.size / parts)) / alignment) * alignment;
      lifetimes.set(buffer, { buffer, bytes, first: moment, last: moment });
    }
  };
  for (const [i, { reads, writes }] of moments.entries()) {
    for (const buffer of writes) note(buffer, i);
    for (const buffer of reads) note(buffer, i);
  }
  return [...lifetimes.values()];
}

function mostAtOnce(lifetimes: readonly Lifetime[], moments: number): number {
  const change = Array.from({ length: moments + 1 }, () => 0);
  for (const { bytes, first, last } of lifetimes) {
    change[first]! += bytes;
    change[last + 1]! -= bytes;
  }
  let now = 0;
  let most = 0;
  for (const bytes of change) most = Math.max(most, (now += bytes));
  return most;
}
