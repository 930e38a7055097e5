/** @file Puts the bodies of calls in their places: where no derivative will be taken any more. */
import * as tf from "@tensorflow/tfjs-core";
import { CALL, callAttrs } from "./call.ts";
import type { Constant, Dtype, Graph, KernelNode, Value } from "./graph.ts";

/** What stands in the place of what was recorded. */
interface Inlined {
  readonly nodes: readonly KernelNode[];
  readonly constants: readonly Constant[];
}

/**
 * `nodes` without calls, at any depth.
 *
 * @param newValue makes a value of the graph that they are part of
 */
export function inlineCalls(
  { nodes, constants }: Inlined,
  newValue: (shape: readonly number[], dtype: tf.DataType) => Value,
): Inlined {
  if (!nodes.some(({ kernelName }) => kernelName === CALL)) return { nodes, constants };
  const inlined: KernelNode[] = [];
  const all = [...constants];
  const place = (node: KernelNode): void => {
    if (node.kernelName !== CALL) {
      inlined.push(node);
      return;
    }
    const { graph } = callAttrs(node.attrs).body;
    const values = new Map<Value, Value>();
    const inputs = Object.values(node.inputs);
    for (const [i, value] of graph.parameters.entries()) values.set(value, inputs[i]!);
    for (const { value, elements } of graph.constants) {
      const own = newValue(value.shape, value.dtype);
      values.set(value, own);
      all.push({ value: own, elements });
    }
    for (const part of graph.nodes) {
      for (const output of part.outputs) values.set(output, newValue(output.shape, output.dtype));
      place({
        kernelName: part.kernelName,
        attrs: part.attrs,
        inputs: Object.fromEntries(
          Object.entries(part.inputs).map(([name, value]) => [name, values.get(value)!]),
        ),
        outputs: part.outputs.map((output) => values.get(output)!),
        source: part.source,
      });
    }
    for (const [i, { value }] of graph.outputs.entries()) {
      // A copy, which whoever finishes the graph leaves out.
      const x = values.get(value)!;
      inlined.push({ kernelName: tf.Identity, attrs: {}, inputs: { x }, outputs: [node.outputs[i]!] });
    }
  };
  for (const node of nodes) place(node);
  return { nodes: inlined, constants: all };
}

/** `graph` without calls, at any depth. */
export function withoutCalls(graph: Graph): Graph {
  const all = [
    ...graph.parameters,
    ...graph.constants.map(({ value }) => value),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ];
  let next = all.reduce((most, { id }) => Math.max(most, id + 1), 0);
  // The types of a graph are all that it has.
  const newValue = (shape: readonly number[], dtype: tf.DataType) => ({
    id: next++,
    shape,
    dtype: dtype as Dtype,
  });
  return graph.nodes.some(({ kernelName }) => kernelName === CALL)
    ? { ...graph, ...inlineCalls(graph, newValue) }
    : graph;
}
