/** @file Joins loops over the same elements, so that what they share is read once. */
import { sizeOf } from "../expr/expr.ts";
import type { Buffer } from "../expr/expr.ts";
import { commonSizes, isContiguous } from "../expr/segments.ts";
import { exprsOf, layoutsOf, loopOf, readsInPlace, readsOf, writesOf } from "../steps/accesses.ts";
import type { ReduceStep, Step } from "../steps/step.ts";
import { absorbSteps } from "./absorb.ts";

/** A loop of steps that have nothing in common would not keep its values in registers with more operations and reads. */
const LARGEST = 64;

/** Steps that have to do with each other save reads and writes, which are slower than registers that are put aside. */
const LARGEST_RELATED = 128;

/** How many steps with the same loops are looked at, from the latest: of many thousands the others are too far away. */
const MOST_TRIED = 64;

/** Which loops may be joined. */
export interface MergeOptions {
  /** Whether a step may be joined with one that it has nothing to do with; by default all may. */
  readonly mayBeUnlike?: ((step: Step) => boolean) | undefined;
  /**
   * Which steps, and with them all that depends on them, are not joined with others that they have nothing to do with,
   * so that work on different things stays apart; by default none.
   */
  readonly isApart?: ((step: Step) => boolean) | undefined;
  /**
   * Which reductions to one element are joined with the loops over the same elements that have to do with them, so that
   * what those store is put together while it is in registers; by default none.
   */
  readonly isLongFold?: ((step: ReduceStep) => boolean) | undefined;
}

/**
 * The same steps with loops joined: each moves up to the last one that it can share its loops with.
 *
 * Those that have to do with each other are joined first, so that all of an optimiser's work on one weight is done while
 * its elements are in registers, and not in the company of other weights.
 */
export function mergeSteps(
  steps: readonly Step[],
  { mayBeUnlike = () => true, isApart, isLongFold }: MergeOptions = {},
): Step[] {
  const related = merged(steps, haveCommonBuffer, LARGEST_RELATED);
  const folded = isLongFold ? joinFolds(related, isLongFold) : related;
  const apart = isApart ? withDependents(folded, isApart) : new Set<Buffer>();
  const staysApart = (step: Step) => writesOf(step).some((buffer) => apart.has(buffer));
  return merged(folded, (_, step) => mayBeUnlike(step) && !staysApart(step), LARGEST);
}

/** What is written by the steps that `isApart` tells, and by loops that depend on them. */
function withDependents(steps: readonly Step[], isApart: (step: Step) => boolean): Set<Buffer> {
  const found = new Set<Buffer>();
  for (const step of steps) {
    if (step.kind === "routine") continue;
    if (!isApart(step) && ![...readsOf(step)].some((buffer) => found.has(buffer))) continue;
    for (const buffer of writesOf(step)) found.add(buffer);
  }
  return found;
}

/** The same steps, with long folds in the loops that have to do with them; those become reductions that store. */
function joinFolds(steps: readonly Step[], isLongFold: (step: ReduceStep) => boolean): Step[] {
  const given = new Set(steps.flatMap((step) => (step.kind === "routine" ? step.writes : [])));
  const marked = steps.map((step) =>
    step.kind === "reduce" && step.kept === 1 && isLongFold(step) ? { ...step, stores: [] } : step,
  );
  // A loop over the result of a routine may finish it, if it stays alone.
  const mayFinish = (step: Step) =>
    step.kind === "map" && [...readsOf(step)].some((buffer) => given.has(buffer));
  const mayJoin: MayJoin = (host, step) =>
    (host.kind === "reduce" || step.kind === "reduce") &&
    !mayFinish(host) &&
    !mayFinish(step) &&
    haveCommonBuffer(host, step);
  return merged(marked, mayJoin, LARGEST_RELATED, (step) => loopOf(step)?.size.toString());
}

type MayJoin = (host: Step, step: Step) => boolean;

/** Joins steps of which `mayJoin` says that they may, up to so many operations and reads. */
function merged(
  steps: readonly Step[],
  mayJoin: MayJoin,
  largest: number,
  loopsOf: (step: Step) => string | undefined = ownLoopsOf,
): Step[] {
  /** The places of steps that others may join, in order, by their loops. */
  const hosts = new Map<string, number[]>();
  return absorbSteps(
    steps,
    (step, before, writers) => {
      const loops = loopsOf(step);
      if (loops === undefined) return undefined;
      let places = hosts.get(loops);
      if (!places) hosts.set(loops, (places = []));
      const host = findHost(step, before, places, writers, mayJoin, largest);
      if (host === undefined) places.push(before.length);
      return host;
    },
    joined,
  );
}

/** The one of `places` whose step `step` can become part of, if any. */
function findHost(
  step: Step,
  before: readonly Step[],
  places: number[],
  writers: ReadonlyMap<Buffer, number>,
  mayJoin: MayJoin,
  largest: number,
): number | undefined {
  const reads = readsOf(step);
  const writes = writesOf(step);
  let earliest = 0;
  for (const buffer of reads) earliest = Math.max(earliest, writers.get(buffer) ?? 0);
  for (const buffer of writes) earliest = Math.max(earliest, writers.get(buffer) ?? 0);
  for (let i = places.length - 1, tried = 0; i >= 0 && tried < MOST_TRIED; i--) {
    const at = places[i]!;
    if (at < earliest) return undefined;
    const host = before[at]!;
    const size = sizeOfAll(host);
    if (size >= largest) {
      places.splice(i, 1);
      continue;
    }
    tried++;
    if (size + sizeOfAll(step) > largest) continue;
    const written = writesOf(host);
    if (!mayJoin(host, step) || writes.some((buffer) => written.includes(buffer))) continue;
    // What the host writes must be read at the same place only.
    const isInStep = written.every((buffer) => !reads.has(buffer) || isElementwise(host, step, buffer));
    if (isInStep && walkAlike(host, step)) return at;
  }
  return undefined;
}

/** Whether one reads what the other reads or writes, scalars apart. */
function haveCommonBuffer(host: Step, step: Step): boolean {
  const reads = readsOf(host);
  const written = writesOf(host);
  for (const buffer of readsOf(step)) {
    if (buffer.size > 1 && (reads.has(buffer) || written.includes(buffer))) return true;
  }
  return false;
}

/** What the loops of steps that can share them have in common; routines have none. */
function ownLoopsOf(step: Step): string | undefined {
  if (step.kind === "map") return String(step.size);
  return step.kind === "reduce" ? `${step.kept} x ${step.reduced}` : undefined;
}

/** Whether all reads and writes of both steps go through the same loops. */
function walkAlike(host: Step, step: Step): boolean {
  if (runAlongRows(host) !== runAlongRows(step)) return false;
  const total = host.kind === "map" ? host.size : host.kind === "reduce" ? host.kept * host.reduced : 0;
  if (host.kind === "map" && isUncut(host, total) && isUncut(step, total)) return true;
  const layouts = [...layoutsOf(host), ...layoutsOf(step)].map(({ segments }) => segments);
  const borders = host.kind === "reduce" ? [[host.kept, host.reduced]] : [];
  const bordering = borders.map((sizes) => sizes.map((size) => ({ size, stride: 0 })));
  return commonSizes([...layouts, ...bordering], total) !== undefined;
}

/** Whether all reads and writes of a step are one run, as those of most are. */
function isUncut(step: Step, total: number): boolean {
  return total > 1 && layoutsOf(step).every(({ segments }) => segments[0]?.size === total);
}

/**
 * Whether a step's reads go on by one element along the innermost loop. Of the rows and the columns of a square, sums
 * have the same loops, but not the same order in memory.
 */
function runAlongRows(step: Step): boolean {
  if (step.kind !== "reduce" || step.kept === 1) return true;
  const inner = layoutsOf(step).flatMap(({ segments }) => segments.at(-1)?.stride ?? 0);
  return inner.includes(1) || inner.every((stride) => stride === 0);
}

/** Whether `host` fills `buffer` in order and `step` reads it in the same order. */
function isElementwise(host: Step, step: Step, buffer: Buffer): boolean {
  const loop = loopOf(host);
  if (!loop || !loop.stores.some((store) => store.buffer === buffer) || !readsInPlace(step, buffer))
    return false;
  return loop.stores.every(
    (store) =>
      store.buffer !== buffer || (buffer.size === loop.size && isContiguous(store.layout, loop.size)),
  );
}

const sizes = new WeakMap<Step, number>();

function sizeOfAll(step: Step): number {
  let size = sizes.get(step);
  if (size === undefined) {
    size = exprsOf(step).reduce((sum, expr) => sum + sizeOf(expr), 0);
    sizes.set(step, size);
  }
  return size;
}

function joined(host: Step, step: Step): Step {
  if (host.kind === "map" && step.kind === "map")
    return { ...host, stores: [...host.stores, ...step.stores] };
  if (host.kind === "reduce" && step.kind === "reduce") {
    const stores = host.stores && step.stores && [...host.stores, ...step.stores];
    return { ...host, reductions: [...host.reductions, ...step.reductions], stores };
  }
  if (host.kind === "reduce" && step.kind === "map" && host.stores) {
    return { ...host, stores: [...host.stores, ...step.stores] };
  }
  if (host.kind === "map" && step.kind === "reduce" && step.stores) {
    return { ...step, stores: [...host.stores, ...step.stores] };
  }
  throw new Error("internal: these steps have different loops");
}
