/** @file The tasks of a step. */
import type { Buffer } from "../../expr/expr.ts";
import { isControl, type RoutineKind } from "../../steps/specs/routine-spec.ts";
import type { Step } from "../../steps/step.ts";
import { mapTask } from "./emit/map.ts";
import { productStepTasks } from "./products/step-tasks.ts";
import { reduceTasks } from "./reduce/reduce.ts";
import { isOther, otherTasks } from "./routines/table.ts";
import type { Task } from "./task.ts";

/** The kinds of routines that can finish their results by a loop. */
export const FINISHING: ReadonlySet<RoutineKind> = new Set([
  "matmul",
  "convolution",
  "depthwise convolution",
] as const);

/** A buffer of `size` words for what one task of a step leaves to the next. */
export function temporary(size: number): Buffer {
  return { id: -1, size, role: { kind: "temporary" } };
}

/**
 * The tasks that together do what `step` does, in an order in which they may run one after the other.
 *
 * @param isNeeded whether another step reads a buffer, or it is an output
 * @param mayHalve whether products may hold their operands as float16
 */
export function tasksOf(
  step: Step,
  isNeeded: (buffer: Buffer) => boolean,
  mayHalve: boolean,
): readonly Task[] {
  if (step.kind === "map") return [mapTask(step)];
  if (step.kind === "reduce") return reduceTasks(step, temporary);
  const { spec } = step;
  if (isControl(spec)) throw new Error("internal: a loop or a branch is no task");
  return isOther(spec)
    ? otherTasks(spec, step, temporary)
    : productStepTasks(spec, step, temporary, { isNeeded, mayHalve });
}
