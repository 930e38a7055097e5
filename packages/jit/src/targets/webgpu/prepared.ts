/** @file A graph as launches, with the bodies of its loops as such graphs again, before it is known where memory is. */
import { expandControl, type Graph, withoutCalls } from "@nnx-js/nn/trace";
import type { Buffer } from "../../expr/expr.ts";
import type { Again } from "../../lower/context.ts";
import { product } from "../../expr/segments.ts";
import { inOrderOf } from "../../passes/reorder.ts";
import type { Floor } from "../../plan/floor.ts";
import { type Plan, planMemory } from "../../plan/memory.ts";
import { prepare } from "../../plan/prepare.ts";
import type { Step } from "../../steps/step.ts";
import { findChains } from "./fuse/find-chains.ts";
import { fusePrologues } from "./fuse/prologues.ts";
import { piecesOf } from "./launch/pieces.ts";
import { type Launch, scheduled } from "./launch/schedule.ts";
import type { AlongOf } from "./launch/task-code.ts";
import { alongIn, isScan, piecesApart, type ScanStep, staysInPlace, withCarries } from "./loops.ts";
import { ALIGNMENT } from "./memory/gpu-heap.ts";
import { FINISHING } from "./tasks.ts";

/** GPUs do some forty operations in the time that it takes to bring an element from memory; small ones do more. */
const AGAIN: Again = { ofOne: 40, ofSeveral: 8, ofNone: 40 };

/** Loops of no more turns are written out: launches of neighbouring turns may then be one. */
const FEW_TURNS = 4;

/** Of each, each of 256 invocations keeps two words: 8 take the 16 kB that every device has. */
const MOST_REDUCTIONS = 8;

/** What a device can do. */
export interface Abilities {
  /** Whether it has subgroups that can be relied on. */
  readonly maySubgroup: boolean;
  /** Bytes of memory that a workgroup may have. */
  readonly sharedBytes: number;
  /** Whether products may hold their operands as float16. */
  readonly mayHalve: boolean;
}

/** A graph whose launches and places are known, but not where its memory is. */
export interface PreparedGraph {
  readonly graph: Graph;
  /** In the order in which they run. */
  readonly items: readonly Item[];
  readonly outputOf: ReadonlyMap<Buffer, number>;
  readonly plan: Plan;
  /** The fewest bytes that a program of these steps can write. */
  floor(): Floor;
}

/** A dispatch, or a loop of them. */
export type Item = Launch | Loop;

/** A loop over slices, of which each turn launches the same. */
export interface Loop {
  readonly label: string;
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  readonly length: number;
  /** How many outputs of the body are carried to the next turn. */
  readonly carries: number;
  /** Whether the last slices come first. */
  readonly reverse: boolean;
  readonly body: PreparedGraph;
  /** What the body finds at its entries, parameters and then outputs; behind them its workspace. */
  readonly operands: readonly Buffer[];
}

/** Whether `item` is a loop. */
export function isLoop(item: Item): item is Loop {
  return "body" in item;
}

/**
 * Prepares `graph` for a device.
 *
 * @param scan the loop that it is the body of
 * @throws UnsupportedKernelError for a kernel that has no rule
 */
export function prepareGraph(recorded: Graph, abilities: Abilities, scan?: ScanStep["spec"]): PreparedGraph {
  const graph = expandControl(withoutCalls(recorded), undefined, FEW_TURNS);
  const bodies = new Map<number, PreparedGraph>();
  const bodyOf = ({ spec }: ScanStep): PreparedGraph => {
    let body = bodies.get(spec.id);
    if (!body) bodies.set(spec.id, (body = prepareBody(spec, abilities)));
    return body;
  };
  const assigned = prepare(graph, {
    language: "WebGPU",
    again: AGAIN,
    // A launch of its own would take longer than what it does.
    small: 16,
    finishing: FINISHING,
    follow: (map, { buffer }) => inOrderOf(map, buffer),
    // Loops over elements run at the same time in any case, and each as early as it can.
    mayBeUnlike: (step) => step.kind === "reduce" || (step.kind === "map" && step.size <= 1024),
    rewrite: (steps, outputs) =>
      fusePrologues(
        withCarries(steps.flatMap(inParts), (step) => bodyOf(step).plan.bytes / 4),
        outputs,
      ),
  });
  const { outputOf } = assigned;
  const alongOf: AlongOf = (buffer) => scan && alongIn(scan, buffer, outputOf.get(buffer));
  const steps = piecesApart(assigned.steps, alongOf);
  const memoryOf = (buffer: Buffer): unknown => {
    if (buffer.role.kind === "parameter") return buffer.role.index;
    const output = outputOf.get(buffer);
    return (output === undefined ? undefined : graph.outputs[output]!.nextOf) ?? buffer;
  };
  const pieces = piecesOf(findChains(steps, memoryOf), (buffer) => outputOf.has(buffer), {
    mayHalve: abilities.mayHalve,
    otherOf: (step) => (isScan(step) ? loopOf(step, bodyOf(step)) : undefined),
  });
  const items = scheduled(pieces, memoryOf, { ...abilities, alongOf });
  return {
    graph,
    items,
    outputOf,
    plan: planMemory(items.map(momentOf), assigned, ALIGNMENT),
    floor: () => withLoops(assigned.floor(), items),
  };
}

/** A step whose reductions workgroups have the memory for. */
function inParts(step: Step): Step[] {
  if (step.kind !== "reduce" || step.reductions.length <= MOST_REDUCTIONS) return [step];
  const { reductions } = step;
  return Array.from({ length: Math.ceil(reductions.length / MOST_REDUCTIONS) }, (_, i) => ({
    ...step,
    reductions: reductions.slice(i * MOST_REDUCTIONS, (i + 1) * MOST_REDUCTIONS),
  }));
}

function prepareBody(spec: ScanStep["spec"], abilities: Abilities): PreparedGraph {
  const { graph } = spec.body;
  const outputs = graph.outputs.map(({ value }, i) =>
    i < spec.carries && staysInPlace(value) ? { value, nextOf: i } : { value },
  );
  return prepareGraph({ ...graph, outputs }, abilities, spec);
}

function loopOf({ label, operands, reads, writes, spec }: ScanStep, body: PreparedGraph): Loop {
  const { length, carries, reverse } = spec;
  const buffers = operands.map(({ buffer }) => buffer);
  return { label, reads, writes, length, carries, reverse, body, operands: buffers };
}

/** What all tasks of a launch, or a loop, read and write. */
function momentOf(item: Item): { reads: readonly Buffer[]; writes: readonly Buffer[] } {
  if (isLoop(item)) return item;
  const tasks = item.flatMap(({ members }) => members.map(({ task }) => task));
  return { reads: tasks.flatMap(({ reads }) => reads), writes: tasks.flatMap(({ writes }) => writes) };
}

/** With what the turns of loops must write beside what the loops give. */
function withLoops(floor: Floor, items: readonly Item[]): Floor {
  let { between } = floor;
  for (const item of items) {
    if (!isLoop(item)) continue;
    const { body, length } = item;
    const carried = body.graph.outputs.reduce(
      (sum, { value }, i) => sum + (i < item.carries ? 4 * product(value.shape) : 0),
      0,
    );
    between += length * body.floor().between + (length - 1) * carried;
  }
  return { ...floor, between };
}
