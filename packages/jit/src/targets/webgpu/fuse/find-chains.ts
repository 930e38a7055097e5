/** @file Finds the steps that one task can do row by row: layer normalisation, softmax, and their gradients. */
import { sizeOf } from "../../../expr/expr.ts";
import { exprsOf, readsOf, writesOf } from "../../../steps/accesses.ts";
import type { Step } from "../../../steps/step.ts";
import { directionOf } from "../reduce/reduce.ts";
import { canJoin, type Chain, isLoop, type Loop, type MemoryOf, membersOf } from "./chain.ts";
import { fitsWorkgroup, type Shape } from "./chain-tile.ts";

/** More operations and reads than this, for one element, would take more registers than there are. */
const LARGEST = 160;

/** A step, or several in one, and where it stands among those that need each other. */
interface Place {
  item: Step | Chain;
  readonly level: number;
}

/** What was done to memory by the items so far: the number of the last one of each kind. */
interface Uses {
  readonly read: Map<unknown, number>;
  readonly written: Map<unknown, number>;
}

/**
 * The same steps, but for those that become part of a chain: each moves up to the last of those that it needs, where
 * nothing that it needs beside makes that one wait.
 */
export function findChains(steps: readonly Step[], memoryOf: MemoryOf): (Step | Chain)[] {
  const places: Place[] = [];
  const uses: Uses = { read: new Map(), written: new Map() };
  for (const step of steps) {
    const host = hostOf(step, places, uses, memoryOf);
    const at = host?.at ?? places.length;
    if (host) places[at]!.item = host.chain;
    else places.push({ item: step, level: 1 + lastLevel(step, places, uses, memoryOf, -1) });
    for (const buffer of readsOf(step)) {
      const memory = memoryOf(buffer);
      uses.read.set(memory, Math.max(at, uses.read.get(memory) ?? 0));
    }
    for (const buffer of writesOf(step)) uses.written.set(memoryOf(buffer), at);
  }
  return places.map(({ item }) => item);
}

/** The numbers of the items that `step` has to come after. */
function needed(step: Step, { read, written }: Uses, memoryOf: MemoryOf): number[] {
  const reads = [...readsOf(step)].map((buffer) => written.get(memoryOf(buffer)));
  const writes = writesOf(step).flatMap((buffer) => [
    written.get(memoryOf(buffer)),
    read.get(memoryOf(buffer)),
  ]);
  return [...reads, ...writes].filter((at) => at !== undefined);
}

/** The last level of the items, but for `except`, that `step` has to come after; -1 for none. */
function lastLevel(
  step: Step,
  places: readonly Place[],
  uses: Uses,
  memoryOf: MemoryOf,
  except: number,
): number {
  const levels = needed(step, uses, memoryOf).map((at) => (at === except ? -1 : places[at]!.level));
  return Math.max(-1, ...levels);
}

function hostOf(
  step: Step,
  places: readonly Place[],
  uses: Uses,
  memoryOf: MemoryOf,
): { at: number; chain: Chain } | undefined {
  if (!isLoop(step)) return undefined;
  const at = Math.max(-1, ...needed(step, uses, memoryOf));
  const place = places[at];
  if (!place || lastLevel(step, places, uses, memoryOf, at) >= place.level) return undefined;
  for (const chain of shaped(place.item, step)) {
    const member = membersOf(step, chain).find((each) => canJoin(chain, each, memoryOf));
    if (member) return { at, chain: { ...chain, members: [...chain.members, member] } };
  }
  return undefined;
}

/** `item` as chains that `step` may have the shape for. */
function shaped(item: Step | Chain, step: Loop): Chain[] {
  if (item.kind === "routine") return [];
  const loops = item.kind === "chain" ? item.members.map((member) => member.step) : [item];
  const size = [...loops, step].flatMap(exprsOf).reduce((sum, expr) => sum + sizeOf(expr), 0);
  if (size > LARGEST) return [];
  if (item.kind === "chain") return hasShape(item, step) ? [item] : [];
  const reduction = step.kind === "reduce" ? step : item.kind === "reduce" ? item : undefined;
  if (!reduction) return [];
  const { kept: rows, reduced: columns } = reduction;
  const direction = directionOf(reduction);
  const shape = { kind: "chain", rows, columns, direction } as const;
  if (!hasShape(shape, step) || (item !== reduction && !hasShape(shape, item))) return [];
  return membersOf(item, shape).map((member) => ({ ...shape, members: [member] }));
}

/** Whether `step` may follow in a chain: where rows are too long for that, only what goes over rows. */
function hasShape(shape: Shape, step: Loop): boolean {
  const { rows, columns } = shape;
  if (step.kind === "map" && step.size === rows) return true;
  if (!fitsWorkgroup(shape)) return false;
  return step.kind === "map" ? step.size === rows * columns : step.kept === rows && step.reduced === columns;
}
