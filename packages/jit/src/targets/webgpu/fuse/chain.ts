/** @file Chains: steps over the same rows, which one task does row by row. */
import { type Buffer, type Expr, type Gather, type Load, parts } from "../../../expr/expr.ts";
import { isContiguous, type Layout } from "../../../expr/segments.ts";
import { exprsOf, readsInPlace, readsOf, writesOf } from "../../../steps/accesses.ts";
import type { MapStep, ReduceStep, Step } from "../../../steps/step.ts";
import { termsOf } from "../emit/places.ts";

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
  readonly members: readonly Loop[];
}

/** How much of a row a buffer of a chain holds: one number, each element, or what no other member may read. */
type Extent = "row" | "element" | "other";

/** Stands for memory: the same for buffers that may lie in the same place. */
export type MemoryOf = (buffer: Buffer) => unknown;

/** Whether `step` goes over all elements of rows of a chain, and not over rows. */
export function goesOverElements(step: Loop, { rows, columns }: Chain): boolean {
  return step.kind === "reduce" || step.size === rows * columns;
}

/** The buffers that members write, and how much of a row each holds. */
function extentsOf(chain: Chain): Map<Buffer, Extent> {
  const extents = new Map<Buffer, Extent>();
  for (const step of chain.members) {
    if (step.kind === "reduce") {
      for (const { buffer } of step.reductions) extents.set(buffer, "row");
      continue;
    }
    const extent = goesOverElements(step, chain) ? "element" : "row";
    for (const { buffer, layout } of step.stores) {
      extents.set(buffer, isWhole(buffer, layout, step.size) ? extent : "other");
    }
  }
  return extents;
}

function isWhole(buffer: Buffer, layout: Layout, size: number): boolean {
  return buffer.size === size && isContiguous(layout, size);
}

/** Whether `step` may be the next member of `chain`, which has a shape that fits. */
export function canJoin(chain: Chain, step: Loop, memoryOf: MemoryOf): boolean {
  const extents = extentsOf(chain);
  const fits = accessesOf(step).every((read) => {
    const extent = extents.get(read.buffer);
    return extent === undefined || (read.kind === "load" && readsSameRow(chain, step, read, extent));
  });
  return fits && keepsOrder(chain, step, extents, memoryOf);
}

function accessesOf(step: Loop): (Load | Gather)[] {
  const seen = new Set<Expr>();
  return exprsOf(step)
    .flatMap((expr) => parts(expr, seen))
    .filter((part) => part.kind === "load" || part.kind === "gather");
}

function readsSameRow(chain: Chain, step: Loop, read: Load, extent: Extent): boolean {
  const { rows, columns } = chain;
  if (extent === "other") return false;
  if (!goesOverElements(step, chain)) return extent === "row" && isContiguous(read, rows);
  if (extent === "element") return isContiguous(read, rows * columns);
  const terms = read.offset === 0 ? termsOf(read, [rows, columns]) : undefined;
  const [only] = terms ?? [];
  if (rows === 1) return terms?.length === 0;
  return terms?.length === 1 && only!.axis === 0 && only!.inner === 1 && only!.factor === 1;
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
  const read = new Set(chain.members.flatMap((member) => [...readsOf(member)].map(memoryOf)));
  return written.every((buffer) => {
    const memory = memoryOf(buffer);
    if (before.has(memory) || read.has(memory)) return false;
    const own = [...readsOf(step)].filter((other) => memoryOf(other) === memory);
    return own.every(
      (other) =>
        (other === buffer && readsOwn(step, buffer)) ||
        // An invocation that replaces an element has read it; what is kept of a row is read by several.
        (goesOverElements(step, chain) && readsInPlace(step, other)),
    );
  });
}

/** Whether all that `step` reads of `buffer` is what it has stored itself at the same place, before. */
function readsOwn(step: Loop, buffer: Buffer): boolean {
  if (step.kind === "reduce" || !readsInPlace(step, buffer)) return false;
  const at = step.stores.findIndex((store) => store.buffer === buffer);
  const { layout } = step.stores[at]!;
  const seen = new Set<Expr>();
  const before = step.stores.slice(0, at + 1).flatMap(({ expr }) => parts(expr, seen));
  return (
    isWhole(buffer, layout, step.size) &&
    before.every((part) => part.kind !== "load" || part.buffer !== buffer)
  );
}

/** Whether `step` is a loop of the kinds that chains have. */
export function isLoop(step: Step): step is Loop {
  return step.kind !== "routine";
}
