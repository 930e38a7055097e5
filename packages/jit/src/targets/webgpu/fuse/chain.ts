/** @file Chains: steps over the same rows, which one task does row by row. */
import { type Buffer, type Expr, type Gather, type Load, moved, parts } from "../../../expr/expr.ts";
import { contiguous, isContiguous, type Layout, simplify, transposed } from "../../../expr/segments.ts";
import { exprsOf, readsInPlace, readsOf, writesOf } from "../../../steps/accesses.ts";
import type { MapStep, ReduceStep, Step, Store } from "../../../steps/step.ts";
import type { Direction } from "../reduce/tile.ts";

/** A loop over elements, or a reduction. */
export type Loop = MapStep | ReduceStep;

/**
 * Loops over `rows` of `columns` elements, one after the other, where what a row needs of what earlier ones have made
 * is of the same row: reductions of each row, maps of all elements, and maps of what is kept of each row.
 */
export interface Chain {
  readonly kind: "chain";
  readonly rows: number;
  readonly columns: number;
  /** Whether it is mostly rows, or columns, that lie side by side in memory. */
  readonly direction: Direction;
  readonly members: readonly Member[];
}

/** A step of a chain. */
export interface Member {
  /** Maps of all elements go over rows first, then over columns. */
  readonly loop: Loop;
  readonly step: Loop;
}

/** How much of a row a buffer of a chain holds: one number, each element at a place, or what no other member may read. */
type Extent = "row" | "other" | Layout;

/** Stands for memory: the same for buffers that may lie in the same place. */
export type MemoryOf = (buffer: Buffer) => unknown;

/** Whether `step` goes over all elements of rows of a chain, and not over rows. */
export function goesOverElements(step: Loop, { rows, columns }: Pick<Chain, "rows" | "columns">): boolean {
  return step.kind === "reduce" || step.size === rows * columns;
}

/** What `step` may be in a chain: maps of all elements may go over columns first. */
export function membersOf(step: Loop, { rows, columns }: Pick<Chain, "rows" | "columns">): Member[] {
  const member = { step, loop: step };
  if (step.kind === "reduce" || step.size !== rows * columns) return [member];
  const stores = exchanged(step.stores, columns, rows);
  return stores ? [member, { step, loop: { ...step, stores } }] : [member];
}

/** What stores do of a loop over `outer` times `inner` elements, in the other order; undefined if they cannot. */
function exchanged(stores: readonly Store[], outer: number, inner: number): Store[] | undefined {
  const move = transposed([outer, inner], [1, 0]);
  const result: Store[] = [];
  for (const { buffer, layout, expr } of stores) {
    const [there, value] = [move(layout), moved(expr, move)];
    if (!there || !value) return undefined;
    result.push({ buffer, layout: there, expr: value });
  }
  return result;
}

/** The buffers that members write, and how much of a row each holds. */
function extentsOf(chain: Chain): Map<Buffer, Extent> {
  const extents = new Map<Buffer, Extent>();
  for (const { loop } of chain.members) {
    if (loop.kind === "reduce") {
      for (const { buffer } of loop.reductions) extents.set(buffer, "row");
      continue;
    }
    const isOfElements = goesOverElements(loop, chain);
    for (const { buffer, layout } of loop.stores) {
      const isWhole = buffer.size === loop.size && isContiguous(layout, loop.size);
      extents.set(buffer, isOfElements ? layout : isWhole ? "row" : "other");
    }
  }
  return extents;
}

/** Whether `member` may be the next of `chain`, which has a shape that fits. */
export function canJoin(chain: Chain, { step, loop }: Member, memoryOf: MemoryOf): boolean {
  const extents = extentsOf(chain);
  const fits = accessesOf(loop).every((read) => {
    const extent = extents.get(read.buffer);
    return extent === undefined || (read.kind === "load" && readsSameRow(chain, loop, read, extent));
  });
  return fits && keepsOrder(chain, step, extents, memoryOf);
}

function accessesOf(step: Loop): (Load | Gather)[] {
  const seen = new Set<Expr>();
  return exprsOf(step)
    .flatMap((expr) => parts(expr, seen))
    .filter((part) => part.kind === "load" || part.kind === "gather");
}

function readsSameRow(chain: Chain, loop: Loop, read: Load, extent: Extent): boolean {
  const { rows, columns } = chain;
  if (extent === "other") return false;
  if (!goesOverElements(loop, chain)) return extent === "row" && isContiguous(read, rows);
  if (extent !== "row") return isSame(read, extent);
  const segments = [
    { size: rows, stride: 1 },
    { size: columns, stride: 0 },
  ];
  return isSame(read, { offset: 0, segments });
}

function isSame(a: Layout, b: Layout): boolean {
  const [x, y] = [simplify(a.segments), simplify(b.segments)];
  const isAlike = x.every(({ size, stride }, i) => size === y[i]?.size && stride === y[i].stride);
  return a.offset === b.offset && x.length === y.length && isAlike;
}

/** Whether rows may be worked on in any order, and elements of a row by any number of invocations. */
function keepsOrder(
  chain: Chain,
  step: Loop,
  extents: ReadonlyMap<Buffer, Extent>,
  memoryOf: MemoryOf,
): boolean {
  const written = writesOf(step);
  if (new Set(written.map(memoryOf)).size < written.length) return false;
  const before = new Set([...extents.keys()].map(memoryOf));
  const read = new Set(chain.members.flatMap((member) => [...readsOf(member.step)].map(memoryOf)));
  return written.every((buffer) => {
    const memory = memoryOf(buffer);
    if (before.has(memory) || read.has(memory)) return false;
    const own = [...readsOf(step)].filter((other) => memoryOf(other) === memory);
    // What a loop reads at the place that it writes to, it reads before, also where several invocations do.
    return own.every((other) => readsInPlace(step, other) && (other !== buffer || readsOwn(step, buffer)));
  });
}

/** Whether all that `step` reads of `buffer` is what it has stored itself at the same place, before. */
function readsOwn(step: Loop, buffer: Buffer): boolean {
  if (step.kind === "reduce" || !readsInPlace(step, buffer)) return false;
  const at = step.stores.findIndex((store) => store.buffer === buffer);
  const seen = new Set<Expr>();
  const before = step.stores.slice(0, at + 1).flatMap(({ expr }) => parts(expr, seen));
  return (
    isSame(step.stores[at]!.layout, contiguous(step.size)) &&
    buffer.size === step.size &&
    before.every((part) => part.kind !== "load" || part.buffer !== buffer)
  );
}

/** Whether `step` is a loop of the kinds that chains have. */
export function isLoop(step: Step): step is Loop {
  return step.kind !== "routine";
}
