/** @file What runs functions in lanes while something looks at what they do. */
import type { Graph } from "../../trace/graph.ts";
import type { Batched, Lanes } from "./rule.ts";

/** Runs a function that was recorded in one lane, for all of them. */
export type RunGraph = (graph: Graph, inputs: readonly Batched[], lanes: Lanes) => Batched[];

let current: RunGraph | undefined;

/** Lets `run` take the place of the plain one in `fn`. */
export function withLaneRunner<T>(run: RunGraph, fn: () => T): T {
  const outer = current;
  current = run;
  try {
    return fn();
  } finally {
    current = outer;
  }
}

/** What takes the place of the plain one, if anything. */
export function laneRunner(): RunGraph | undefined {
  return current;
}
