/** @file Finds the steps that one task can do row by row: layer normalisation, softmax, and their gradients. */
import { readsOf, writesOf } from "../../../steps/accesses.ts";
import type { ReduceStep, Step } from "../../../steps/step.ts";
import { directionOf } from "../reduce/reduce.ts";
import { tileOf } from "../reduce/tile.ts";
import { canJoin, type Chain, isLoop, type Loop, type MemoryOf } from "./chain.ts";

/** So many rows keep a device busy. */
const BUSY = 64;
/** With fewer, no invocation should have to take more elements than this of a row. */
const FEW = 16;

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
  const chain = place && shaped(place.item, step);
  if (!chain || !canJoin(chain, step, memoryOf)) return undefined;
  if (lastLevel(step, places, uses, memoryOf, at) >= place.level) return undefined;
  return { at, chain: { ...chain, members: [...chain.members, step] } };
}

/** `item` as a chain that `step` may have the shape for. */
function shaped(item: Step | Chain, step: Loop): Chain | undefined {
  if (item.kind === "routine") return undefined;
  if (item.kind === "chain") return hasShape(item, step) ? item : undefined;
  const reduction = step.kind === "reduce" ? step : item.kind === "reduce" ? item : undefined;
  if (!reduction || !isByRows(reduction)) return undefined;
  const chain: Chain = {
    kind: "chain",
    rows: reduction.kept,
    columns: reduction.reduced,
    members: [item],
  };
  return hasShape(chain, item) && hasShape(chain, step) ? chain : undefined;
}

function hasShape({ rows, columns }: Chain, step: Loop): boolean {
  if (step.kind === "map") return step.size === rows * columns || step.size === rows;
  return step.kept === rows && step.reduced === columns;
}

/** Whether rows are short enough, or there are enough of them, that invocations of one workgroup may work on each. */
function isByRows(step: ReduceStep): boolean {
  const { kept, reduced } = step;
  if (reduced < 2 || directionOf(step) !== "rows") return false;
  const { along, splits } = tileOf(kept, reduced, "rows");
  return splits === 1 && (kept >= BUSY || reduced <= FEW * along);
}
