/** @file What steps read and write. */
import { type Buffer, type Expr, type Gather, type Load, parts } from "../expr/expr.ts";
import { isContiguous, type Layout } from "../expr/segments.ts";
import type { Step } from "./step.ts";

/** The expressions that a step computes. */
export function exprsOf(step: Step): readonly Expr[] {
  if (step.kind === "map") return step.stores.map(({ expr }) => expr);
  return step.kind === "reduce" ? step.reductions.map(({ expr }) => expr) : [];
}

/** The layouts by which a loop reads and writes. */
export function layoutsOf(step: Step): Layout[] {
  const seen = new Set<Expr>();
  const reads = exprsOf(step).flatMap((expr) => [...parts(expr, seen)].filter((part) => "segments" in part));
  return step.kind === "map" ? [...reads, ...step.stores.map(({ layout }) => layout)] : reads;
}

/** The buffers that a step writes to. */
export function writesOf(step: Step): readonly Buffer[] {
  if (step.kind === "map") return step.stores.map(({ buffer }) => buffer);
  return step.kind === "reduce" ? step.reductions.map(({ buffer }) => buffer) : step.writes;
}

/** The buffers that a step reads from. */
export function readsOf(step: Step): ReadonlySet<Buffer> {
  if (step.kind === "routine") return new Set(step.reads);
  const buffers = new Set<Buffer>();
  for (const read of loadsOf(step)) buffers.add(read.buffer);
  return buffers;
}

/** Whether a step reads of `buffer`, if at all, only the element at the place where it stands. */
export function readsInPlace(step: Step, buffer: Buffer): boolean {
  if (step.kind !== "map") return !readsOf(step).has(buffer);
  return loadsOf(step).every(
    (read) =>
      read.buffer !== buffer ||
      (read.kind === "load" && step.size === buffer.size && isContiguous(read, buffer.size)),
  );
}

function loadsOf(step: Step): (Load | Gather)[] {
  const seen = new Set<Expr>();
  return exprsOf(step).flatMap((expr) =>
    [...parts(expr, seen)].filter((part) => part.kind === "load" || part.kind === "gather"),
  );
}
