/** @file Steps as tasks, with what a schedule needs to know of them. */
import type { Buffer } from "../../../expr/expr.ts";
import { areApart } from "../../../expr/apart.ts";
import { readsOf } from "../../../steps/accesses.ts";
import type { MapStep, Step } from "../../../steps/step.ts";
import type { Task } from "../task.ts";
import { tasksOf } from "../tasks.ts";
import type { Piece } from "./schedule.ts";

/** A task, and the loop that it is all of, if it is one. */
class StepPiece implements Piece {
  readonly task: Task;
  private readonly map: MapStep | undefined;

  constructor(task: Task, map: MapStep | undefined) {
    this.task = task;
    this.map = map;
  }

  isApart(other: Piece, buffer: Buffer): boolean {
    if (!(other instanceof StepPiece)) return false;
    const [mine, theirs] = [this.layoutsIn(buffer), other.layoutsIn(buffer)];
    return mine.length > 0 && theirs.length > 0 && mine.every((a) => theirs.every((b) => areApart(a, b)));
  }

  /** Where it writes in `buffer`, if that is known. */
  private layoutsIn(buffer: Buffer) {
    const stores = this.map?.stores ?? [];
    return stores.filter((store) => store.buffer === buffer).map(({ layout }) => layout);
  }
}

/**
 * The tasks of all steps, in order.
 *
 * @param isOutput whether a buffer is needed when all steps have run
 */
export function piecesOf(steps: readonly Step[], isOutput: (buffer: Buffer) => boolean): Piece[] {
  const read = new Set(steps.flatMap((step) => [...readsOf(step)]));
  const isNeeded = (buffer: Buffer) => read.has(buffer) || isOutput(buffer);
  return steps.flatMap((step) =>
    tasksOf(step, isNeeded).map((task) => new StepPiece(task, step.kind === "map" ? step : undefined)),
  );
}
