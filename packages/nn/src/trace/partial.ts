/** @file Splits a graph by what is known first. */
import type { Graph, KernelNode, Value } from "./graph.ts";

/** A graph in two. */
export interface Split {
  /** All that depends on known parameters only: its outputs are those of `knownOutputs`, then what `later` needs. */
  readonly first: Graph;
  /** The rest. Its parameters are the other parameters, then the last outputs of `first`. */
  readonly later: Graph;
  /** Which outputs of the graph `first` gives; `later` gives the others, in order. */
  readonly knownOutputs: readonly number[];
}

/**
 * Splits `graph` into what can be computed when some parameters are there, and the rest.
 *
 * @param isGivenLater which parameters, by index, come later
 * @param isWantedLater which outputs, by index, `later` is to give even if they depend on nothing that comes later
 */
export function splitGraph(
  graph: Graph,
  isGivenLater: (parameter: number) => boolean,
  isWantedLater: (output: number) => boolean,
): Split {
  const unknown = new Set<Value>(graph.parameters.filter((_, i) => isGivenLater(i)));
  const [early, late]: [KernelNode[], KernelNode[]] = [[], []];
  for (const node of graph.nodes) {
    const isLate = Object.values(node.inputs).some((value) => unknown.has(value));
    (isLate ? late : early).push(node);
    if (isLate) for (const output of node.outputs) unknown.add(output);
  }
  const constants = new Set(graph.constants.map(({ value }) => value));
  const needed = new Set<Value>();
  const need = (value: Value) => {
    if (!unknown.has(value) && !constants.has(value)) needed.add(value);
  };
  for (const node of late) for (const value of Object.values(node.inputs)) need(value);
  const isKnown = (i: number) => !isWantedLater(i) && !unknown.has(graph.outputs[i]!.value);
  const knownOutputs = [...graph.outputs.keys()].filter(isKnown);
  const laterOutputs = graph.outputs.filter((_, i) => !isKnown(i));
  for (const { value } of laterOutputs) need(value);
  const residuals = [...needed];
  const only = (nodes: readonly KernelNode[], outputs: readonly Value[]) => {
    const used = new Set(outputs);
    for (const node of nodes) for (const value of Object.values(node.inputs)) used.add(value);
    return graph.constants.filter(({ value }) => used.has(value));
  };
  const firstOutputs = [...knownOutputs.map((i) => graph.outputs[i]!.value), ...residuals];
  return {
    first: {
      name: graph.name,
      parameters: graph.parameters.filter((_, i) => !isGivenLater(i)),
      constants: only(early, firstOutputs),
      nodes: early,
      outputs: firstOutputs.map((value) => ({ value })),
    },
    later: {
      name: graph.name,
      parameters: [...graph.parameters.filter((_, i) => isGivenLater(i)), ...residuals],
      constants: only(
        late,
        laterOutputs.map(({ value }) => value),
      ),
      nodes: late,
      outputs: laterOutputs.map(({ value }) => ({ value })),
    },
    knownOutputs,
  };
}
