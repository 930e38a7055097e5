/** @file What steps read and write. */
import { type Buffer, type Expr, type Gather, type Index, type Load, parts } from "../expr/expr.ts";
import { isContiguous, type Layout } from "../expr/segments.ts";
import type { Reduction, ReduceStep, RoutineStep, Step, Store } from "./step.ts";

/** The loop over elements that a step is, with what it stores of them; undefined for one that is none. */
export function loopOf(step: Step): { readonly size: number; readonly stores: readonly Store[] } | undefined {
  if (step.kind === "map") return step;
  if (step.kind !== "reduce" || !step.stores) return undefined;
  return { size: step.kept * step.reduced, stores: step.stores };
}

/** The expressions that a step computes. */
export function exprsOf(step: Step): readonly Expr[] {
  if (step.kind === "map") return step.stores.map(({ expr }) => expr);
  if (step.kind !== "reduce") return [];
  return [...reductionsOf(step), ...(step.stores ?? [])].map(({ expr }) => expr);
}

/** The reductions of a step, in either direction. */
export function reductionsOf({ reductions, across = [] }: ReduceStep): readonly Reduction[] {
  return [...reductions, ...across];
}

const layouts = new WeakMap<Step, readonly Layout[]>();

/** The layouts by which a loop reads and writes. */
export function layoutsOf(step: Step): readonly Layout[] {
  let known = layouts.get(step);
  if (!known) {
    known = [...placesOf(step), ...(loopOf(step)?.stores ?? []).map(({ layout }) => layout)];
    layouts.set(step, known);
  }
  return known;
}

const places = new WeakMap<Step, readonly (Load | Gather | Index)[]>();

/** The parts of a step's expressions that depend on the place in the loop, each once. */
function placesOf(step: Step): readonly (Load | Gather | Index)[] {
  let known = places.get(step);
  if (!known) {
    const seen = new Set<Expr>();
    const found: (Load | Gather | Index)[] = [];
    for (const expr of exprsOf(step)) {
      for (const part of parts(expr, seen)) if ("segments" in part) found.push(part);
    }
    places.set(step, (known = found));
  }
  return known;
}

const writes = new WeakMap<Step, readonly Buffer[]>();

/** The buffers that a step writes to. */
export function writesOf(step: Step): readonly Buffer[] {
  if (step.kind === "routine") return step.writes;
  let buffers = writes.get(step);
  if (!buffers) {
    buffers = (step.kind === "map" ? step.stores : writtenBy(step)).map(({ buffer }) => buffer);
    writes.set(step, buffers);
  }
  return buffers;
}

function writtenBy(step: ReduceStep): { readonly buffer: Buffer }[] {
  const reductions = reductionsOf(step);
  const partials = reductions.flatMap((reduction) =>
    reduction.partials ? [{ buffer: reduction.partials }] : [],
  );
  return [...reductions, ...(step.stores ?? []), ...partials];
}

const reads = new WeakMap<Step, ReadonlySet<Buffer>>();

/** The buffers that a step reads from. */
export function readsOf(step: Step): ReadonlySet<Buffer> {
  let buffers = reads.get(step);
  if (!buffers) {
    const found = new Set(step.kind === "routine" ? step.reads : []);
    if (step.kind !== "routine") {
      for (const part of placesOf(step)) if (part.kind !== "index") found.add(part.buffer);
    }
    reads.set(step, (buffers = found));
  }
  return buffers;
}

/** Whether a step reads of `buffer`, if at all, only the element at the place where it stands. */
export function readsInPlace(step: Step, buffer: Buffer): boolean {
  if (step.kind === "routine" && step.finish) {
    const isOperand = step.operands.some((operand) => operand.buffer === buffer);
    return !isOperand && !isInPrologue(step, buffer) && readsInPlace(step.finish, buffer);
  }
  const loop = loopOf(step);
  if (!loop) return !readsOf(step).has(buffer);
  return loadsOf(step).every(
    (read) =>
      read.buffer !== buffer ||
      (read.kind === "load" && loop.size === buffer.size && isContiguous(read, buffer.size)),
  );
}

/** Whether a step stores in `buffer`, if at all, only the element at the place where it stands. */
export function storesInPlace(step: Step, buffer: Buffer): boolean {
  const loop = step.kind === "routine" ? step.finish : loopOf(step);
  const stores = loop?.stores ?? [];
  return stores.every((store) => store.buffer !== buffer || isContiguous(store.layout, buffer.size));
}

/** Whether an operand of `step` is computed from elements of `buffer`. */
function isInPrologue({ prologues }: RoutineStep, buffer: Buffer): boolean {
  const exprs = [...(prologues?.values() ?? [])];
  return exprs.some((expr) => parts(expr).some((part) => "buffer" in part && part.buffer === buffer));
}

/** Whether a step that stores an element of `written` reads that of `buffer` afterwards only. */
export function readsAfterStore(step: Step, buffer: Buffer, written: Buffer): boolean {
  const map = step.kind === "routine" ? step.finish : loopOf(step);
  if (!map) return false;
  // The result of a routine is stored before all that finishes it; reductions take elements before any is stored.
  const at = map.stores.findIndex((store) => store.buffer === written);
  // What an earlier store, or a reduction, has read stays in a register.
  const seen = new Set<Expr>();
  if (step.kind === "reduce") for (const { expr } of reductionsOf(step)) parts(expr, seen);
  return map.stores.some(({ expr }, i) =>
    parts(expr, seen).some((part) => i > at && part.kind === "load" && part.buffer === buffer),
  );
}

function loadsOf(step: Step): (Load | Gather)[] {
  return placesOf(step).filter((part) => part.kind !== "index");
}
