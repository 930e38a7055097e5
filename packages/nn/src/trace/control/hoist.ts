/** @file Takes out of a loop what each turn would compute again. */
import type { Graph, KernelNode, Value } from "../graph.ts";
import { Body, regraphed } from "./body.ts";
import { LAYOUT } from "./cheap.ts";
import type { ScanAttrs } from "./kernels.ts";

/** A loop without what does not change from turn to turn. */
export interface Hoisted {
  /** Computes further constants from those of the loop; undefined where there is nothing to compute. */
  readonly before: Graph | undefined;
  /** Takes them after the others. */
  readonly body: Body;
}

/** Separates what depends on constants only, as far as it is worth being kept. */
export function hoisted({ body, carries, sequences }: ScanAttrs): Hoisted {
  return body.once("hoisted", () => separated(body, carries + sequences));
}

function separated(body: Body, varying: number): Hoisted {
  const { graph } = body;
  const known = new Set(graph.parameters.slice(varying));
  const maker = new Map<Value, KernelNode>();
  const fixed = new Set(graph.constants.map(({ value }) => value));
  for (const node of graph.nodes) {
    const inputs = Object.values(node.inputs);
    const isInvariant =
      inputs.some((input) => known.has(input)) &&
      inputs.every((input) => known.has(input) || fixed.has(input));
    if (!isInvariant) continue;
    for (const output of node.outputs) {
      known.add(output);
      maker.set(output, node);
    }
  }
  /** Launches that stay although they are the same in each turn: they cost nothing there. */
  const staying = new Set<KernelNode>();
  const taken = new Set<Value>();
  const take = (value: Value): void => {
    const node = maker.get(value);
    if (!node || taken.has(value) || staying.has(node)) return;
    if (!LAYOUT.has(node.kernelName)) {
      taken.add(value);
      return;
    }
    staying.add(node);
    Object.values(node.inputs).forEach(take);
  };
  for (const { value } of graph.outputs) take(value);
  for (const node of graph.nodes) {
    if (node.outputs.some((output) => maker.has(output))) continue;
    Object.values(node.inputs).forEach(take);
  }
  if (taken.size === 0) return { before: undefined, body };
  const values = [...taken];
  const before = regraphed(graph, {
    parameters: graph.parameters.slice(varying),
    nodes: needed(
      graph.nodes.filter((node) => node.outputs.some((output) => maker.has(output))),
      values,
    ),
    outputs: values,
  });
  const outputs = graph.outputs.map(({ value }) => value);
  const rest = graph.nodes.filter(
    (node) => staying.has(node) || !node.outputs.some((output) => maker.has(output)),
  );
  const inner = regraphed(graph, {
    parameters: [...graph.parameters, ...values],
    nodes: needed(rest, outputs),
    outputs,
  });
  return { before, body: new Body(inner) };
}

/** Those of `nodes` that `outputs` need. */
export function needed(nodes: readonly KernelNode[], outputs: Iterable<Value>): KernelNode[] {
  const used = new Set(outputs);
  const kept: KernelNode[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.outputs.some((output) => used.has(output))) continue;
    for (const input of Object.values(node.inputs)) used.add(input);
    kept.push(node);
  }
  kept.reverse();
  return kept;
}
