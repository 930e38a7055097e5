/** @file Gives outputs their names, and leaves out what nobody needs. */
import type { OnnxGraph, OnnxNode } from "./onnx-graph.ts";

/** An output: the tensor that it is, and what it is to be called. */
export interface NamedOutput {
  readonly tensor: string;
  readonly name: string;
}

/** Names tensors after the outputs that they are; one that has a name of its own already is copied. */
export function nameOutputs(graph: OnnxGraph, outputs: readonly NamedOutput[]): void {
  const made = new Set(graph.nodes.flatMap((node) => node.outputs));
  const names = new Map<string, string>();
  for (const { tensor, name } of outputs) {
    if (made.has(tensor) && !names.has(tensor)) names.set(tensor, name);
    else
      graph.nodes.push({
        type: "Identity",
        inputs: [names.get(tensor) ?? tensor],
        outputs: [name],
        attrs: {},
      });
  }
  rename(graph, names);
}

/** Leaves out operators and initialisers that no output needs. */
export function prune(graph: OnnxGraph, outputs: readonly string[]): void {
  const needed = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) needed.add(input);
    kept.push(node);
  }
  kept.reverse();
  graph.nodes.splice(0, graph.nodes.length, ...kept);
  for (const name of graph.initializers.keys()) if (!needed.has(name)) graph.initializers.delete(name);
}

/** Gives initialisers that were made of another one its name, if that one is not needed itself. */
export function nameInitializers(graph: OnnxGraph): void {
  const names = new Map<string, string>();
  const taken = new Set(graph.initializers.keys());
  for (const [name] of graph.initializers) {
    const origin = graph.originOf(name);
    if (origin === undefined || taken.has(origin)) continue;
    names.set(name, origin);
    taken.add(origin);
  }
  const initializers = [...graph.initializers].map(
    ([name, array]) => [names.get(name) ?? name, array] as const,
  );
  graph.initializers.clear();
  for (const [name, array] of initializers) graph.initializers.set(name, array);
  rename(graph, names);
}

function rename(graph: OnnxGraph, names: ReadonlyMap<string, string>): void {
  const renamed = (list: readonly string[]) => list.map((name) => names.get(name) ?? name);
  for (const [i, node] of graph.nodes.entries()) {
    graph.nodes[i] = { ...node, inputs: renamed(node.inputs), outputs: renamed(node.outputs) };
  }
}
