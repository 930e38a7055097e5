/** @file The tasks of a step. */
import type { RoutineKind } from "../../steps/specs/routine-spec.ts";
import type { ReduceStep, RoutineStep, Step } from "../../steps/step.ts";
import { mapTask } from "./emit/map.ts";
import type { Task } from "./task.ts";

/** The kinds of routines that can finish their results by a loop. */
export const FINISHING: ReadonlySet<RoutineKind> = new Set();

/** The tasks that together do what `step` does, in an order in which they may run one after the other. */
export function tasksOf(step: Step): readonly Task[] {
  if (step.kind === "map") return [mapTask(step)];
  return step.kind === "reduce" ? reduceTasks(step) : routineTasks(step);
}

function reduceTasks(step: ReduceStep): readonly Task[] {
  throw new Error(`internal: no tasks for ${step.kind}`);
}

function routineTasks(step: RoutineStep): readonly Task[] {
  throw new Error(`internal: no tasks for ${step.spec.kind}`);
}
