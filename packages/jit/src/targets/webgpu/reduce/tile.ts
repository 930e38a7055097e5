/** @file How the invocations of workgroups are laid over kept and reduced elements. */
import { WORKGROUP } from "../task.ts";

/** Which of neighbours in memory are folded: rows of them, or each with those of other rows. */
export type Direction = "rows" | "columns";

/** What a workgroup works on. */
export interface Tile {
  /** Kept elements of a workgroup; a power of two. */
  readonly across: number;
  /** Invocations that share the reduced elements of each; a power of two. */
  readonly along: number;
  /** Workgroups that share the reduced elements of each: more than 1 takes a second stage. */
  readonly splits: number;
  /** Reduced elements of one of these at most. */
  readonly chunk: number;
}

/** Terms that an invocation should have before others help it. */
const FEW = 4;
/** Neighbours that are read together at the least. */
const NARROW = 32;
/** So many workgroups keep a device busy. */
const BUSY = 128;
/** More terms than this, one after the other, are worth a second stage. */
const MANY = 128;
/** Terms of an invocation in the first of two stages, at the least. */
const SOME = 32;
/** Partial results of the first stage, at most. */
const MOST_SPLITS = 512;

/** The least power of two that is no less than `size`. */
export function powerOfTwo(size: number): number {
  return size <= 1 ? 1 : 2 ** Math.ceil(Math.log2(size));
}

/** A tile for `kept` elements, each folded from `reduced` ones. */
export function tileOf(kept: number, reduced: number, direction: Direction): Tile {
  const helpers = Math.min(WORKGROUP, powerOfTwo(Math.ceil(reduced / FEW)));
  const along = direction === "rows" ? helpers : Math.min(helpers, WORKGROUP / neighbours(kept, reduced));
  const across = WORKGROUP / along;
  const groups = Math.ceil(kept / across);
  const terms = Math.ceil(reduced / along);
  const wanted = Math.min(Math.ceil(BUSY / groups), Math.floor(terms / SOME), MOST_SPLITS);
  const isSplit = terms > MANY && wanted > 1;
  const chunk = isSplit ? along * Math.ceil(terms / wanted) : Math.max(reduced, 1);
  return { across, along, splits: Math.max(1, Math.ceil(reduced / chunk)), chunk };
}

/** How many of `kept` neighbours a workgroup takes: all that there is room for, unless others would be idle. */
function neighbours(kept: number, reduced: number): number {
  const all = Math.min(WORKGROUP, powerOfTwo(kept));
  const isBusy = Math.ceil(kept / all) >= BUSY || reduced <= 4 * FEW;
  return isBusy ? all : Math.min(all, NARROW);
}
