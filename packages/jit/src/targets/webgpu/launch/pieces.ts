/** @file Steps as tasks, with what a schedule needs to know of them. */
import type { Buffer } from "../../../expr/expr.ts";
import { areApart } from "../../../expr/apart.ts";
import { readsOf } from "../../../steps/accesses.ts";
import type { MapStep, Step } from "../../../steps/step.ts";
import type { Chain } from "../fuse/chain.ts";
import { chainTasks } from "../fuse/chain-task.ts";
import type { Task } from "../task.ts";
import { tasksOf, temporary } from "../tasks.ts";
import type { Other, Piece } from "./schedule.ts";

/** A task, and the loop that it is all of, if it is one. */
class StepPiece implements Piece {
  readonly task: Task;
  private readonly map: MapStep | undefined;

  constructor(task: Task, map: MapStep | undefined) {
    this.task = task;
    this.map = map;
  }

  isApart(other: object, buffer: Buffer): boolean {
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

/** How steps become tasks. */
interface TaskOptions<O> {
  /** Whether products may hold their operands as float16. */
  readonly mayHalve?: boolean | undefined;
  /** What a step is that is no tasks. */
  readonly otherOf?: ((step: Step) => O | undefined) | undefined;
}

/**
 * The tasks of all steps and chains, in order.
 *
 * @param isOutput whether a buffer is needed when all steps have run
 */
export function piecesOf<O extends Other = never>(
  items: readonly (Step | Chain)[],
  isOutput: (buffer: Buffer) => boolean,
  { mayHalve = false, otherOf = () => undefined }: TaskOptions<O> = {},
): Piece<Task | O>[] {
  const readers = new Map<Buffer, Set<Step | Chain>>();
  for (const item of items) {
    for (const step of item.kind === "chain" ? item.members.map((member) => member.step) : [item]) {
      for (const buffer of readsOf(step)) readers.set(buffer, (readers.get(buffer) ?? new Set()).add(item));
    }
  }
  const isNeeded = (buffer: Buffer) => readers.has(buffer) || isOutput(buffer);
  return items.flatMap((item): Piece<Task | O>[] => {
    const other = item.kind === "routine" ? otherOf(item) : undefined;
    if (other) return [{ task: other, isApart: () => false }];
    if (item.kind !== "chain") {
      const map = item.kind === "map" ? item : undefined;
      return tasksOf(item, isNeeded, mayHalve).map((task) => new StepPiece(task, map));
    }
    const isNeededElsewhere = (buffer: Buffer) =>
      isOutput(buffer) || [...(readers.get(buffer) ?? [])].some((reader) => reader !== item);
    return chainTasks(item, isNeededElsewhere, temporary).map((task) => new StepPiece(task, undefined));
  });
}
