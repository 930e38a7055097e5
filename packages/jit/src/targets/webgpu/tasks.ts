/** @file The tasks of a step. */
import type { Step } from "../../steps/step.ts";
import type { Task } from "./task.ts";

/** The tasks that together do what `step` does, in an order in which they may run one after the other. */
export function tasksOf(step: Step): readonly Task[] {
  throw new Error(`internal: no tasks for ${step.kind}`);
}
