/** @file Hands on in registers what a loop stores and reads again, and leaves out what nobody else reads. */
import { type Buffer, type Expr, replaced } from "../expr/expr.ts";
import { isContiguous, type Layout } from "../expr/segments.ts";
import { loopOf, readsOf } from "../steps/accesses.ts";
import type { Reduction, Step, Store } from "../steps/step.ts";

/**
 * The same steps, in which what follows a store of the same loop takes the element itself, and without stores that
 * nothing reads.
 *
 * @param outputs the buffers that are read when all steps have run
 */
export function forwardStores(steps: readonly Step[], outputs: ReadonlySet<Buffer>): Step[] {
  const needed = new Set(outputs);
  const result: (Step | undefined)[] = [...steps];
  for (let i = steps.length - 1; i >= 0; i--) {
    const kept = withoutUnread(forwarded(steps[i]!), needed);
    if (kept) for (const buffer of readsOf(kept)) needed.add(buffer);
    result[i] = kept;
  }
  return result.filter((step) => step !== undefined);
}

/** `step`, whose stores and reductions read nothing that it has just stored at the same place. */
function forwarded(step: Step): Step {
  const loop = loopOf(step);
  if (!loop || (loop.stores.length < 2 && step.kind === "map")) return step;
  const values = new Map<Buffer, Expr>();
  const done = new Map<Expr, Expr>();
  const isWhole = (buffer: Buffer, layout: Layout) =>
    buffer.size === loop.size && isContiguous(layout, loop.size);
  const handedOn = (part: Expr) =>
    part.kind === "load" && isWhole(part.buffer, part) ? values.get(part.buffer) : undefined;
  const taken = (expr: Expr): Expr => replaced(expr, handedOn, done);
  const stores = loop.stores.map((store) => {
    const expr = taken(store.expr);
    const { buffer, layout } = store;
    if (isWhole(buffer, layout)) values.set(buffer, expr);
    return { ...store, expr };
  });
  if (step.kind === "map") return { ...step, stores };
  if (step.kind !== "reduce") return step;
  const each = (reduction: Reduction): Reduction => ({ ...reduction, expr: taken(reduction.expr) });
  return { ...step, reductions: step.reductions.map(each), across: step.across?.map(each), stores };
}

/** `step` without stores of what is not needed; nothing if that is all it does. */
function withoutUnread(step: Step, needed: ReadonlySet<Buffer>): Step | undefined {
  const isNeeded = ({ buffer }: Store) => needed.has(buffer);
  if (step.kind === "map") {
    const stores = step.stores.filter(isNeeded);
    return stores.length === 0 ? undefined : { ...step, stores };
  }
  if (step.kind === "reduce") return step.stores ? { ...step, stores: step.stores.filter(isNeeded) } : step;
  return step;
}
