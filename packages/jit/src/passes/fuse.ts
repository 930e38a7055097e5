/** @file Lets routines finish their results: the loop that follows one works on each piece while it is in the cache. */
import type { Buffer } from "../expr/expr.ts";
import { readsInPlace, readsOf, writesOf } from "../steps/accesses.ts";
import type { RoutineKind } from "../steps/specs/routine-spec.ts";
import type { MapStep, RoutineResult, Step } from "../steps/step.ts";
import { absorbSteps } from "./absorb.ts";

/** `map` as a loop over the elements of a routine's result, as a target needs it to be; undefined where it is none. */
export type Follow = (map: MapStep, result: RoutineResult) => MapStep | undefined;

/**
 * The same steps, with loops moved into the routines whose results they read at the same place, the last one of each.
 *
 * @param finishing the kinds of routines that can do that
 */
export function fuseEpilogues(
  steps: readonly Step[],
  finishing: ReadonlySet<RoutineKind>,
  follow: Follow,
): Step[] {
  const canFinish = (step: Step) => step.kind === "routine" && finishing.has(step.spec.kind);
  return absorbSteps(
    steps,
    (map, before, writers) => findRoutine(map, before, writers, canFinish, follow),
    (routine, map) => fused(routine, map, follow),
  );
}

/** The place of the routine that can finish its result by `map`: the last step that writes what `map` reads. */
function findRoutine(
  map: Step,
  steps: readonly Step[],
  writers: ReadonlyMap<Buffer, number>,
  canFinish: (step: Step) => boolean,
  follow: Follow,
): number | undefined {
  if (map.kind !== "map") return undefined;
  let at = -1;
  for (const buffer of readsOf(map)) at = Math.max(at, writers.get(buffer) ?? -1);
  for (const buffer of writesOf(map)) at = Math.max(at, writers.get(buffer) ?? -1);
  const step = steps[at];
  if (step?.kind !== "routine" || !step.result || step.finish || !canFinish(step)) return undefined;
  const { buffer, rows, columns } = step.result;
  if (map.size !== rows * columns || !readsOf(map).has(buffer)) return undefined;
  const loop = follow(map, step.result);
  const fits =
    loop &&
    // Of everything that the step writes, pieces that are not there yet must not be needed.
    step.writes.every((written) => readsInPlace(loop, written)) &&
    writesOf(loop).every((written) => readsInPlace(loop, written));
  return fits ? at : undefined;
}

function fused(routine: Step, map: Step, follow: Follow): Step {
  const isPair = routine.kind === "routine" && map.kind === "map";
  const finish = isPair && routine.result && follow(map, routine.result);
  if (!isPair || !finish) throw new Error("internal: only a map finishes a routine");
  const own = new Set(routine.writes);
  return {
    ...routine,
    reads: [...new Set([...routine.reads, ...[...readsOf(map)].filter((buffer) => !own.has(buffer))])],
    writes: [...routine.writes, ...writesOf(map)],
    finish,
  };
}
