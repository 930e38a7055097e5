/** @file Launches that compute the same become one. */
import type { Graph, KernelNode, Value } from "../graph.ts";

/**
 * `graph` without launches that another one before them makes needless: gradients compute functions of their own
 * outputs, such as a sigmoid, once more.
 */
export function withoutEqualLaunches(graph: Graph): Graph {
  const first = new Map<Value, Value>();
  const stand = (value: Value) => first.get(value) ?? value;
  const known = new Map<string, KernelNode>();
  const text = attributeTexts();
  const nodes: KernelNode[] = [];
  for (const node of graph.nodes) {
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([name, value]) => [name, stand(value)]),
    );
    const names = Object.entries(inputs).map(([name, { id }]) => `${name}=${id}`);
    const key = [node.kernelName, ...names, text(node.attrs)].join();
    const equal = known.get(key);
    if (equal) {
      for (const [i, output] of node.outputs.entries()) first.set(output, equal.outputs[i]!);
      continue;
    }
    const { kernelName, attrs, outputs, source } = node;
    const kept: KernelNode = { kernelName, inputs, attrs, outputs, source };
    known.set(key, kept);
    nodes.push(kept);
  }
  if (first.size === 0) return graph;
  return {
    ...graph,
    nodes,
    outputs: graph.outputs.map((output) => ({ ...output, value: stand(output.value) })),
  };
}

/** Gives attributes as text; functions and instances of classes are equal to themselves alone. */
function attributeTexts(): (value: unknown) => string {
  const numbers = new Map<unknown, number>();
  const text = (value: unknown): string => {
    if (typeof value === "string") return JSON.stringify(value);
    if (Object.is(value, -0)) return "-0";
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return String(value);
    if (Array.isArray(value)) return `[${value.map(text).join()}]`;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null)
      return `{${Object.entries(value).map(([name, part]) => `${name}:${text(part)}`).join()}}`; // prettier-ignore
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return `#${numbers.get(value)}`;
  };
  return text;
}
