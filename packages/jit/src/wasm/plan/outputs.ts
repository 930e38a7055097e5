/** @file Which buffers are outputs themselves, and what has to be copied to outputs. */
import type { Graph } from "../../graph/graph.ts";
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
  let id = -1;
  const temporary = (size: number): Buffer => ({ id: id--, size, role: { kind: "temporary" } });
  for (const [i, buffer] of outputs.entries()) {
    const { value, nextOf } = graph.outputs[i]!;
    const lane = laneOfDtype(value.dtype);
    const replaces = nextOf === undefined ? undefined : parameters[nextOf];
    if (buffer.role.kind === "temporary" && !outputOf.has(buffer) && isSafe(steps, buffer, replaces)) {
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

function isSafe(steps: readonly Step[], buffer: Buffer, replaces: Buffer | undefined): boolean {
  if (!replaces) return true;
  const first = steps.findIndex((step) => writesOf(step).includes(buffer));
  return steps.every((step, i) => {
    if (i < first || !readsOf(step).has(replaces)) return true;
    return i === first && readsInPlace(step, replaces) && !readsAfterStore(step, replaces, buffer);
  });
}

function copy(from: Buffer, to: Buffer, lane: Lane): Step {
  const { size } = from;
  return { kind: "map", size, stores: [{ buffer: to, layout: contiguous(size), expr: load(from, lane) }] };
}
