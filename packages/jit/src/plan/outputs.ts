/** @file Which buffers are outputs themselves, and what has to be copied to outputs. */
import type { Graph } from "@nnx-js/nn/trace";
import { type Buffer, type Expr, type Lane, load, parts } from "../expr/expr.ts";
import { commonSizes, contiguous, isContiguous } from "../expr/segments.ts";
import type { Lowered } from "../lower/lower-graph.ts";
import { laneOfDtype } from "../lower/context.ts";
import {
  exprsOf,
  layoutsOf,
  readsAfterStore,
  readsInPlace,
  readsOf,
  storesInPlace,
  writesOf,
} from "../steps/accesses.ts";
import type { MapStep, Step } from "../steps/step.ts";

/** Steps that leave each output where the caller wants it. */
export interface Assigned {
  readonly steps: readonly Step[];
  /** The number of the output that a buffer is. */
  readonly outputOf: ReadonlyMap<Buffer, number>;
}

/**
 * Lets each output be computed where it belongs if that is safe, and adds copies for the others. The caller may give
 * an output the address of the parameter whose next value it is: then nothing may read the old value later.
 */
export function assignOutputs(graph: Graph, { steps, outputs, parameters }: Lowered): Assigned {
  const outputOf = new Map<Buffer, number>();
  const before: Step[] = [];
  const after: Copy[] = [];
  const uses = usesOf(steps);
  const replaced = new Set(graph.outputs.map(({ nextOf }) => nextOf));
  let id = -1;
  const temporary = (size: number): Buffer => ({ id: id--, size, role: { kind: "temporary" } });
  for (const [i, buffer] of outputs.entries()) {
    const { value, nextOf } = graph.outputs[i]!;
    const lane = laneOfDtype(value.dtype);
    const replaces = nextOf === undefined ? undefined : parameters[nextOf];
    if (buffer.role.kind === "temporary" && !outputOf.has(buffer) && isSafe(steps, uses, buffer, replaces)) {
      outputOf.set(buffer, i);
      continue;
    }
    const target = temporary(buffer.size);
    outputOf.set(target, i);
    const { role } = buffer;
    if (role.kind === "parameter" && buffer !== replaces && replaced.has(role.index)) {
      // Another output may take its place before the end; and this one may take that of a parameter still needed.
      const saved = replaces ? temporary(buffer.size) : target;
      before.push(stepOf({ from: buffer, to: saved, lane }));
      if (replaces) after.push({ from: saved, to: target, lane });
    } else {
      after.push({ from: buffer, to: target, lane, replaces });
    }
  }
  const all = [...steps];
  const left = after.filter((copy) => !joined(all, uses, copy));
  return { steps: [...before, ...all, ...left.map(stepOf)], outputOf };
}

/** When a buffer is written first and read last, by the numbers of steps. */
interface Uses {
  readonly firstWrite: ReadonlyMap<Buffer, number>;
  readonly lastWrite: ReadonlyMap<Buffer, number>;
  readonly lastRead: ReadonlyMap<Buffer, number>;
}

function usesOf(steps: readonly Step[]): Uses {
  const firstWrite = new Map<Buffer, number>();
  const lastWrite = new Map<Buffer, number>();
  const lastRead = new Map<Buffer, number>();
  for (const [i, step] of steps.entries()) {
    for (const buffer of writesOf(step)) {
      if (!firstWrite.has(buffer)) firstWrite.set(buffer, i);
      lastWrite.set(buffer, i);
    }
    for (const buffer of readsOf(step)) lastRead.set(buffer, i);
  }
  return { firstWrite, lastWrite, lastRead };
}

function isSafe(
  steps: readonly Step[],
  { firstWrite, lastRead }: Uses,
  buffer: Buffer,
  replaces: Buffer | undefined,
): boolean {
  const read = replaces && lastRead.get(replaces);
  if (read === undefined) return true;
  const first = firstWrite.get(buffer) ?? -1;
  if (read !== first) return read < first;
  const step = steps[first]!;
  return (
    readsInPlace(step, replaces!) && storesInPlace(step, buffer) && !readsAfterStore(step, replaces!, buffer)
  );
}

/** What is copied to an output at the end. */
interface Copy {
  readonly from: Buffer;
  readonly to: Buffer;
  readonly lane: Lane;
  /** The parameter whose place the output may have. */
  readonly replaces?: Buffer | undefined;
}

function stepOf({ from, to, lane }: Copy): Step {
  const { size } = from;
  return { kind: "map", size, stores: [{ buffer: to, layout: contiguous(size), expr: load(from, lane) }] };
}

/**
 * Lets the last loop that has the elements in registers copy them, if nothing needs what they replace any more: that which
 * finishes a routine, too.
 */
function joined(steps: Step[], uses: Uses, { from, to, replaces }: Copy): boolean {
  const at = Math.max(uses.lastWrite.get(from) ?? -1, uses.lastRead.get(from) ?? -1);
  const step = steps[at];
  const loop = step?.kind === "routine" && !replaces ? step.finish : step;
  if (!step || loop?.kind !== "map" || loop.size !== from.size) return false;
  if (replaces && ((uses.lastRead.get(replaces) ?? -1) > at || !readsInPlace(step, replaces))) return false;
  const expr = elementOf(loop, from);
  const layout = contiguous(loop.size);
  const layouts = [...layoutsOf(loop), layout].map(({ segments }) => segments);
  if (!expr || !commonSizes(layouts, loop.size)) return false;
  const longer: MapStep = { ...loop, stores: [...loop.stores, { buffer: to, layout, expr }] };
  steps[at] = step.kind === "routine" ? { ...step, finish: longer, writes: [...step.writes, to] } : longer;
  return true;
}

/** What a loop has computed, or read, of the element of `buffer` at the place where it stands. */
function elementOf(step: MapStep, buffer: Buffer): Expr | undefined {
  const own = step.stores.filter((store) => store.buffer === buffer);
  if (own.length > 0) {
    const [store] = own;
    return own.length === 1 && isContiguous(store!.layout, buffer.size) ? store!.expr : undefined;
  }
  const reads = exprsOf(step).flatMap((expr) => parts(expr));
  return reads.find(
    (part) => part.kind === "load" && part.buffer === buffer && isContiguous(part, buffer.size),
  );
}
