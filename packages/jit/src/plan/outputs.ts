/** @file Which buffers are outputs themselves, and what has to be copied to outputs. */
import type { Graph } from "../graph/graph.ts";
import { type Buffer, type Lane, load } from "../expr/expr.ts";
import { contiguous } from "../expr/segments.ts";
import type { Lowered } from "../lower/lower-graph.ts";
import { laneOfDtype } from "../lower/context.ts";
import { readsAfterStore, readsInPlace, readsOf, writesOf } from "../steps/accesses.ts";
import type { Step } from "../steps/step.ts";

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
  const after: Step[] = [];
  const uses = usesOf(steps);
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
    if (buffer.role.kind === "parameter" && buffer !== replaces) {
      // Another output may take its place before the end; and this one may take that of a parameter still needed.
      const saved = replaces ? temporary(buffer.size) : target;
      before.push(copy(buffer, saved, lane));
      if (replaces) after.push(copy(saved, target, lane));
    } else {
      after.push(copy(buffer, target, lane));
    }
  }
  return { steps: [...before, ...steps, ...after], outputOf };
}

/** When a buffer is written first and read last, by the numbers of steps. */
interface Uses {
  readonly firstWrite: ReadonlyMap<Buffer, number>;
  readonly lastRead: ReadonlyMap<Buffer, number>;
}

function usesOf(steps: readonly Step[]): Uses {
  const firstWrite = new Map<Buffer, number>();
  const lastRead = new Map<Buffer, number>();
  for (const [i, step] of steps.entries()) {
    for (const buffer of writesOf(step)) if (!firstWrite.has(buffer)) firstWrite.set(buffer, i);
    for (const buffer of readsOf(step)) lastRead.set(buffer, i);
  }
  return { firstWrite, lastRead };
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
  return readsInPlace(step, replaces!) && !readsAfterStore(step, replaces!, buffer);
}

function copy(from: Buffer, to: Buffer, lane: Lane): Step {
  const { size } = from;
  return { kind: "map", size, stores: [{ buffer: to, layout: contiguous(size), expr: load(from, lane) }] };
}
