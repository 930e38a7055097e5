/** @file Loops and branches of a finished trace: equal loops become one, and what nobody takes is left out. */
import type { KernelNode, Value } from "../graph.ts";
import { Body, regraphed } from "./body.ts";
import { needed } from "./hoist.ts";
import { attrsOf, COND, type CondAttrs, listOf, SCAN, type ScanAttrs } from "./kernels.ts";

/**
 * Lets a loop be part of one that computes the same and more, as gradients have them.
 *
 * @param original the value that stands for another, such as what a copy is one of
 * @returns the launches, and what stands for outputs of those that are gone
 */
export function mergeLoops(
  nodes: readonly KernelNode[],
  original: (value: Value) => Value,
): { readonly nodes: readonly KernelNode[]; readonly same: ReadonlyMap<Value, Value> } {
  const same = new Map<Value, Value>();
  const groups = new Map<string, Place[]>();
  const stand = (value: Value) => {
    const first = original(value);
    return same.get(first) ?? first;
  };
  /** What runs in the place of a launch; nothing where it is part of an earlier one. */
  const instead = new Map<KernelNode, KernelNode | undefined>();
  for (const node of nodes) {
    if (node.kernelName !== SCAN) continue;
    const { length, reverse } = attrsOf<ScanAttrs>(node);
    const key = [length, reverse, ...listOf(node).map((value) => stand(value).id)].join();
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    const place = group.find(({ runs }) => includes(node, runs) || includes(runs, node));
    if (!place) {
      group.push({ at: node, runs: node });
      continue;
    }
    const [larger, smaller] = includes(node, place.runs) ? [node, place.runs] : [place.runs, node];
    for (const [i, output] of smaller.outputs.entries()) {
      for (const [from, to] of same) if (to === output) same.set(from, larger.outputs[i]!);
      same.set(output, larger.outputs[i]!);
    }
    instead.set(node, undefined);
    instead.set(place.at, larger);
    place.runs = larger;
  }
  if (instead.size === 0) return { nodes, same };
  const merged = nodes.flatMap((node) => {
    if (!instead.has(node)) return [node];
    const now = instead.get(node);
    return now ? [now] : [];
  });
  return { nodes: merged, same };
}

/** Where a loop runs, and which. */
interface Place {
  readonly at: KernelNode;
  runs: KernelNode;
}

function includes(node: KernelNode, other: KernelNode): boolean {
  return attrsOf<ScanAttrs>(node).body.includes(attrsOf<ScanAttrs>(other).body);
}

/** A launch without the outputs that nobody uses, and without what only they need; the same one if there is nothing to do. */
export function pruned(node: KernelNode, used: ReadonlySet<Value>): KernelNode {
  if (node.kernelName === SCAN) return prunedScan(node, used);
  return node.kernelName === COND ? prunedCond(node, used) : node;
}

function prunedScan(node: KernelNode, used: ReadonlySet<Value>): KernelNode {
  const attrs = attrsOf<ScanAttrs>(node);
  const { graph } = attrs.body;
  const outputs = graph.outputs.map(({ value }) => value);
  const kept = new Set([...outputs.keys()].filter((i) => used.has(node.outputs[i]!)));
  for (;;) {
    const live = liveIn(
      graph.nodes,
      [...kept].map((i) => outputs[i]!),
    );
    const more = [...graph.parameters.keys()].filter(
      (i) => i < attrs.carries && !kept.has(i) && live.has(graph.parameters[i]!),
    );
    if (more.length > 0) {
      for (const carry of more) kept.add(carry);
      continue;
    }
    const taken = [...graph.parameters.keys()].filter((i) =>
      i < attrs.carries ? kept.has(i) : live.has(graph.parameters[i]!),
    );
    if (taken.length === graph.parameters.length && kept.size === outputs.length) return node;
    const given = [...outputs.keys()].filter((i) => kept.has(i));
    const body = attrs.body.once(`pruned ${given.join()}`, () => bodyOf(graph, taken, given));
    const within = (from: number, to: number) => taken.filter((i) => i >= from && i < to).length;
    const { carries, sequences } = attrs;
    return withParts(node, taken, given, {
      ...attrs,
      body,
      carries: within(0, carries),
      sequences: within(carries, carries + sequences),
    });
  }
}

function prunedCond(node: KernelNode, used: ReadonlySet<Value>): KernelNode {
  const { branches } = attrsOf<CondAttrs>(node);
  const given = [...node.outputs.keys()].filter((i) => used.has(node.outputs[i]!));
  const live = branches.map(({ graph }) =>
    liveIn(
      graph.nodes,
      given.map((i) => graph.outputs[i]!.value),
    ),
  );
  const operands = [...branches[0]!.graph.parameters.keys()].filter((i) =>
    branches.some(({ graph }, branch) => live[branch]!.has(graph.parameters[i]!)),
  );
  if (given.length === node.outputs.length && operands.length === branches[0]!.graph.parameters.length)
    return node;
  const key = `pruned ${given.join()} of ${operands.join()}`;
  const bodies = branches.map((branch) => branch.once(key, () => bodyOf(branch.graph, operands, given)));
  return withParts(node, [0, ...operands.map((i) => i + 1)], given, { branches: bodies });
}

function bodyOf(graph: Body["graph"], parameters: readonly number[], given: readonly number[]): Body {
  const outputs = given.map((i) => graph.outputs[i]!.value);
  return new Body(
    regraphed(graph, {
      parameters: parameters.map((i) => graph.parameters[i]!),
      nodes: needed(graph.nodes, outputs),
      outputs,
    }),
  );
}

/** All that `outputs` depend on. */
function liveIn(nodes: readonly KernelNode[], outputs: readonly Value[]): Set<Value> {
  const live = new Set(outputs);
  for (const { inputs } of needed(nodes, outputs)) for (const value of Object.values(inputs)) live.add(value);
  return live;
}

function withParts(
  node: KernelNode,
  inputs: readonly number[],
  outputs: readonly number[],
  attrs: object,
): KernelNode {
  const list = listOf(node);
  return {
    kernelName: node.kernelName,
    inputs: Object.fromEntries(inputs.map((from, to) => [to, list[from]!])),
    // Which attributes a kernel has is its contract with those who launch it.
    attrs: attrs as KernelNode["attrs"],
    outputs: outputs.map((i) => node.outputs[i]!),
    get source() {
      return node.source;
    },
    forgetSource: () => node.forgetSource?.(),
  };
}
