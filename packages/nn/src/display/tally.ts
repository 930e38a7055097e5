/** @file Counts elements and bytes of Variables by their kind. */
import type { Variable } from "../variable/variable.ts";
import { bytesPerElement, formatBytes, formatCount } from "./describe.ts";

/** Elements and bytes. */
export interface Tally {
  readonly count: number;
  readonly bytes: number;
}

/** Elements and bytes of each kind of Variable. */
export type Tallies = ReadonlyMap<string, Tally>;

/** The name of a Variable's class; streams' keys and counts are counted together, as their base class. */
export function kindName(variable: Variable): string {
  const parent = (Object.getPrototypeOf(variable.constructor) as { name: string }).name;
  return parent === "RngState" ? parent : variable.constructor.name;
}

/** Elements and bytes of one Variable. */
export function tallyOf(variable: Variable): Tally {
  return { count: variable.size, bytes: variable.size * bytesPerElement(variable.dtype) };
}

/** Adds `tally` to those of `kind`. */
export function addTally(tallies: Map<string, Tally>, kind: string, { count, bytes }: Tally): void {
  const before = tallies.get(kind);
  tallies.set(kind, { count: (before?.count ?? 0) + count, bytes: (before?.bytes ?? 0) + bytes });
}

/** The sum over all kinds. */
export function totalOf(tallies: Tallies): Tally {
  const total = new Map<string, Tally>();
  for (const tally of tallies.values()) addTally(total, "", tally);
  return total.get("") ?? { count: 0, bytes: 0 };
}

/** `20 (80 B)`. */
export function formatTally({ count, bytes }: Tally): string {
  return `${formatCount(count)} (${formatBytes(bytes)})`;
}
