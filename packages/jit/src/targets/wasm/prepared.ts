/** @file A graph as steps for WebAssembly, with the bodies of its loops and branches as such graphs again. */
import type { Body, Graph } from "@nnx-js/nn/trace";
import type { Buffer } from "../../expr/expr.ts";
import { product } from "../../expr/segments.ts";
import { forwardStores } from "../../passes/forward.ts";
import { type Prepared, prepare } from "../../plan/prepare.ts";
import { type ControlKind, isControl, type RoutineSpec } from "../../steps/specs/routine-spec.ts";
import type { RoutineStep, Step } from "../../steps/step.ts";
import { type Arrangement, arrange } from "./arrangement.ts";
import { byRows } from "./emit/epilogue.ts";
import { joinAcross } from "./join-across.ts";
import { FINISHING } from "./routines/table.ts";
import { splitBatches } from "./split-batch.ts";
import { splitProducts } from "./split-products.ts";
import { isLongFold, splitReductions } from "./split.ts";
import { packedBytes, packWeights, type Weight } from "./weights/weight.ts";

/** Loops over so many elements gain nothing by being one. */
const LONG = 4096;

/** Bytes of a vector: pieces of a workspace begin at multiples. */
const VECTOR = 16;

/** A graph whose steps and places are known, but not where its memory is. */
export interface PreparedGraph {
  readonly graph: Graph;
  readonly assigned: Prepared;
  readonly arrangement: Arrangement;
  readonly weights: readonly Weight[];
  /** The bodies of each loop and branch, by the number of its spec. */
  readonly controls: ReadonlyMap<number, PreparedControl>;
}

/** The bodies of a loop or a branch. They share a workspace, the last operand of the step. */
export interface PreparedControl {
  readonly bodies: readonly PreparedBody[];
}

/** A body, and what of its workspace is not its plan's: byte offsets. */
export interface PreparedBody {
  readonly prepared: PreparedGraph;
  /** Of packed weights, in their order. */
  readonly packed: readonly number[];
  /**
   * Of slices that lie elsewhere during a turn, by their entry in the table of addresses: code takes and fills whole
   * vectors, and they end amid one.
   */
  readonly apart: ReadonlyMap<number, number>;
  readonly bytes: number;
}

/**
 * Prepares `graph` for so many threads.
 *
 * @param still numbers of parameters that are the same in most runs
 * @throws UnsupportedKernelError for a kernel that has no rule
 */
export function prepareGraph(graph: Graph, still: ReadonlySet<number>, threads: number): PreparedGraph {
  const controls = new Map<number, PreparedControl>();
  const assigned = prepare(graph, {
    language: "WebAssembly",
    finishing: FINISHING,
    follow: byRows,
    // Threads may take them one by one.
    isApart: (step) => elementsOf(step) >= LONG,
    isLongFold,
    rewrite: (steps, outputs) =>
      withBodies(
        splitReductions(splitBatches(splitProducts(forwardStores(joinAcross(steps), outputs)))),
        (spec) => {
          const control = prepareControl(spec, threads);
          controls.set(spec.id, control);
          return control;
        },
      ),
  });
  const { steps, weights } = packWeights(
    assigned.steps,
    still,
    graph.parameters.length + graph.outputs.length,
  );
  const arrangement = arrange({ ...assigned, steps }, graph, threads);
  return { graph, assigned, arrangement, weights, controls };
}

function elementsOf(step: Step): number {
  return step.kind === "map" ? step.size : step.kind === "reduce" ? step.kept * step.reduced : 0;
}

/** The same steps; loops and branches have a workspace, which they write to. */
function withBodies(
  steps: readonly Step[],
  prepareSpec: (spec: RoutineSpec<ControlKind>) => PreparedControl,
): Step[] {
  let id = -1_000_000;
  return steps.map((step): RoutineStep | Step => {
    if (step.kind !== "routine" || !isControl(step.spec)) return step;
    const { bodies } = prepareSpec(step.spec);
    // Behind that of the condition of a loop lies its result.
    const bytes = VECTOR + Math.max(0, ...bodies.map((body) => body.bytes));
    const workspace: Buffer = { id: id--, size: bytes / 4, role: { kind: "temporary" } };
    return {
      ...step,
      operands: [...step.operands, { buffer: workspace, offset: 0 }],
      writes: [...step.writes, workspace],
    };
  });
}

function prepareControl(spec: RoutineSpec<ControlKind>, threads: number): PreparedControl {
  switch (spec.kind) {
    case "scan": {
      const { carries, sequences } = spec;
      return { bodies: [prepareBody(spec.body, { carries, sequences, isLoop: true }, threads)] };
    }
    case "while": {
      const condition = prepareBody(
        spec.condition,
        { carries: spec.carries, sequences: 0, isLoop: false },
        threads,
      );
      const body = prepareBody(spec.body, { carries: spec.carries, sequences: 0, isLoop: true }, threads);
      return { bodies: [condition, body] };
    }
    default:
      return {
        bodies: spec.branches.map((branch) =>
          prepareBody(branch, { carries: 0, sequences: 0, isLoop: false }, threads),
        ),
      };
  }
}

interface Kinds {
  readonly carries: number;
  readonly sequences: number;
  /** Whether outputs are next carries, then slices. */
  readonly isLoop: boolean;
}

function prepareBody(body: Body, { carries, sequences, isLoop }: Kinds, threads: number): PreparedBody {
  const { graph } = body;
  const outputs = graph.outputs.map(({ value }, i) =>
    isLoop && i < carries ? { value, nextOf: i } : { value },
  );
  const constants = [...graph.parameters.keys()].filter((i) => i >= carries + sequences);
  // What is packed in a branch would be used once.
  const still = new Set(isLoop ? constants : []);
  const prepared = prepareGraph({ ...graph, outputs }, still, threads);
  let bytes = 0;
  const take = (more: number): number => {
    const offset = bytes;
    bytes += Math.ceil(more / VECTOR) * VECTOR;
    return offset;
  };
  take(prepared.arrangement.plan.bytes);
  const packed = prepared.weights.map(({ packing }) => take(packedBytes(packing)));
  const apart = new Map<number, number>();
  const note = (entry: number, shape: readonly number[]) => {
    const size = product(shape);
    if (size % 4 !== 0) apart.set(entry, take(4 * size));
  };
  if (isLoop) {
    for (let i = carries; i < carries + sequences; i++) note(i, graph.parameters[i]!.shape);
    for (let i = carries; i < graph.outputs.length; i++)
      note(graph.parameters.length + i, graph.outputs[i]!.value.shape);
  }
  return { prepared, packed, apart, bytes };
}
