/** @file Joins loops over the same elements, so that what they share is read once. */
import { sizeOf } from "../expr/expr.ts";
import type { Buffer } from "../expr/expr.ts";
import { commonSizes, isContiguous } from "../expr/segments.ts";
import { exprsOf, layoutsOf, readsInPlace, readsOf, writesOf } from "../steps/accesses.ts";
import type { Step } from "../steps/step.ts";
import { absorbSteps } from "./absorb.ts";

/** A loop with more operations and reads than this would not keep its values in registers. */
const LARGEST = 64;

/** The same steps with loops joined: each moves up to the last one that it can share its loops with. */
export function mergeSteps(steps: readonly Step[]): Step[] {
  return absorbSteps(steps, findHost, joined);
}

/** The step that `step` can become part of, if any. */
function findHost(
  step: Step,
  result: readonly Step[],
  writers: ReadonlyMap<Buffer, number>,
): number | undefined {
  if (step.kind === "routine") return undefined;
  const reads = readsOf(step);
  let earliest = 0;
  for (const buffer of [...reads, ...writesOf(step)]) {
    earliest = Math.max(earliest, writers.get(buffer) ?? 0);
  }
  for (let at = result.length - 1; at >= earliest; at--) {
    const host = result[at]!;
    if (!haveSameLoops(host, step)) continue;
    const written = writesOf(host);
    // What the host writes must be read at the same place only, and not be written again.
    const fits =
      sizeOfAll(host) + sizeOfAll(step) <= LARGEST &&
      written.every((buffer) => !reads.has(buffer) || isElementwise(host, step, buffer)) &&
      writesOf(step).every((buffer) => !written.includes(buffer)) &&
      walkAlike(host, step);
    if (fits) return at;
  }
  return undefined;
}

function haveSameLoops(a: Step, b: Step): boolean {
  if (a.kind === "map" && b.kind === "map") return a.size === b.size;
  return a.kind === "reduce" && b.kind === "reduce" && a.kept === b.kept && a.reduced === b.reduced;
}

/** Whether all reads and writes of both steps go through the same loops. */
function walkAlike(host: Step, step: Step): boolean {
  const layouts = [host, step].flatMap(layoutsOf).map(({ segments }) => segments);
  const borders = host.kind === "reduce" ? [[host.kept, host.reduced]] : [];
  const total = host.kind === "map" ? host.size : host.kind === "reduce" ? host.kept * host.reduced : 0;
  const bordering = borders.map((sizes) => sizes.map((size) => ({ size, stride: 0 })));
  return commonSizes([...layouts, ...bordering], total) !== undefined;
}

/** Whether `host` fills `buffer` in order and `step` reads it in the same order. */
function isElementwise(host: Step, step: Step, buffer: Buffer): boolean {
  if (host.kind !== "map" || !readsInPlace(step, buffer)) return false;
  return host.stores.every(
    (store) =>
      store.buffer !== buffer || (buffer.size === host.size && isContiguous(store.layout, host.size)),
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
    return { ...host, reductions: [...host.reductions, ...step.reductions] };
  }
  throw new Error("internal: these steps have different loops");
}
