/** @file From a graph to the steps that a target has to run, and which of their buffers are outputs. */
import type { Graph } from "@nnx-js/nn/trace";
import type { Buffer } from "../expr/expr.ts";
import type { Again } from "../lower/context.ts";
import { type Lowered, lowerGraph } from "../lower/lower-graph.ts";
import { type Follow, fuseEpilogues } from "../passes/fuse.ts";
import { hoistSmallSteps } from "../passes/hoist.ts";
import { type MergeOptions, mergeSteps } from "../passes/merge.ts";
import type { RoutineKind } from "../steps/specs/routine-spec.ts";
import type { Step } from "../steps/step.ts";
import { type Floor, floorOf } from "./floor.ts";
import { type Assigned, assignOutputs } from "./outputs.ts";

/** What steps depend on of the target that they are for. */
export interface Capabilities extends MergeOptions {
  /** What its code is called, such as `WebAssembly`. */
  readonly language: string;
  /** What is computed again rather than stored; by default what costs next to nothing. */
  readonly again?: Again | undefined;
  /** Steps that write no more elements than this run as early as they can; by default those that take next to no time. */
  readonly small?: number | undefined;
  /** The kinds of routines that can finish their results by a loop. */
  readonly finishing: ReadonlySet<RoutineKind>;
  /** What loops can finish a routine's result. */
  readonly follow: Follow;
  /** What else it makes of the steps, given the buffers that are read when all have run. */
  readonly rewrite?: ((steps: readonly Step[], outputs: ReadonlySet<Buffer>) => readonly Step[]) | undefined;
}

/** A graph as steps that leave each output where the caller wants it. */
export interface Prepared extends Assigned {
  /** The buffer of each parameter of the graph. */
  readonly parameters: Lowered["parameters"];
  /** The fewest bytes that a program of these steps can write. */
  floor(): Floor;
}

/**
 * Lowers `graph`, joins its loops, and lets outputs be computed where they belong.
 *
 * @throws UnsupportedKernelError for a kernel without a rule, or with inputs of a dtype that its rule does not take
 */
export function prepare(graph: Graph, capabilities: Capabilities): Prepared {
  const { language, finishing, follow, rewrite } = capabilities;
  const lowered = lowerGraph(graph, language, capabilities.again);
  const merged = mergeSteps(hoistSmallSteps(lowered.steps, capabilities.small), capabilities);
  const fused = fuseEpilogues(merged, finishing, follow);
  const steps = rewrite ? rewrite(fused, new Set(lowered.outputs)) : fused;
  const { parameters } = lowered;
  return { ...assignOutputs(graph, { ...lowered, steps }), parameters, floor: () => floorOf(lowered) };
}
