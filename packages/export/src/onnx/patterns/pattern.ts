/** @file Patterns of kernels, and how they are found in a graph. */
import type { Elements } from "@nnx-js/jit/graph";
import type { Attr, Node, SymbolicGraph, Value } from "../symbolic/graph.ts";

/** Values, and nodes, by the names that a pattern gives them. */
export interface Found {
  readonly values: Readonly<Record<string, Value>>;
  readonly nodes: Readonly<Record<string, Node>>;
}

/** Whether a value is made in some way; what was found until then goes on to the next. */
export type Pattern = (value: Value, found: Found, graph: Search) => Found | undefined;

/** A graph, to search in. */
export interface Search {
  makerOf(value: Value): Node | undefined;
  /** The elements of a value that is known now. */
  elementsOf(value: Value): Elements | undefined;
  /** How many nodes and results take a value. */
  usesOf(value: Value): number;
}

/** Kernels whose operands may be exchanged. */
const COMMUTATIVE: ReadonlySet<string> = new Set(["Add", "Multiply"]);

/** What a kernel gives that takes what `operands` describe, in the order of its inputs; `name` is for the node. */
export function made(kernelName: string, operands: readonly Pattern[], name?: string): Pattern {
  return (value, found, graph) => {
    const node = graph.makerOf(value);
    if (node?.kernelName !== kernelName) return undefined;
    const inputs = Object.values(node.inputs);
    if (inputs.length !== operands.length) return undefined;
    const named = name === undefined ? found : { ...found, nodes: { ...found.nodes, [name]: node } };
    const match = (order: readonly Value[]) =>
      order.reduce<Found | undefined>((sofar, input, i) => sofar && operands[i]!(input, sofar, graph), named);
    return match(inputs) ?? (COMMUTATIVE.has(kernelName) ? match([inputs[1]!, inputs[0]!]) : undefined);
  };
}

/** Any value; the same one each time for a name. */
export function any(name: string): Pattern {
  return (value, found) => {
    const known = found.values[name];
    if (known) return known === value ? found : undefined;
    return { ...found, values: { ...found.values, [name]: value } };
  };
}

/** A constant of one number, rounded to float32. */
export function number(expected: number): Pattern {
  return (value, found, graph) => {
    const elements = graph.elementsOf(value);
    return elements?.length === 1 && elements[0] === Math.fround(expected) ? found : undefined;
  };
}

/** A constant of one number, whatever it is. */
export function scalar(name: string): Pattern {
  return (value, found, graph) =>
    graph.elementsOf(value)?.length === 1 ? any(name)(value, found, graph) : undefined;
}

/** The first of several that fits. */
export function either(...patterns: readonly Pattern[]): Pattern {
  return (value, found, graph) => {
    for (const pattern of patterns) {
      const result = pattern(value, found, graph);
      if (result) return result;
    }
    return undefined;
  };
}

/** A node that takes the place of another one, with the same outputs. */
export interface Replacement {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attrs: Readonly<Record<string, Attr>>;
}

/** A pattern of what one node gives, and what to write in its place, if that is possible. */
export interface Rewrite {
  readonly root: string;
  readonly pattern: Pattern;
  readonly replace: (found: Found, output: Value, graph: Search) => Replacement | undefined;
}

/** `graph` with the first rewrite that fits at each node; what nobody needs any more is left out by others. */
export function rewritten(
  graph: SymbolicGraph,
  elements: ReadonlyMap<Value, Elements>,
  rewrites: readonly Rewrite[],
): SymbolicGraph {
  const makers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const uses = usesIn(graph);
  const search: Search = {
    makerOf: (value) => makers.get(value),
    elementsOf: (value) => elements.get(value),
    usesOf: (value) => uses.get(value) ?? 0,
  };
  const nodes = graph.nodes.map((node) => {
    for (const { root, pattern, replace } of rewrites) {
      if (node.kernelName !== root) continue;
      const [output] = node.outputs as readonly [Value];
      const found = pattern(output, { values: {}, nodes: {} }, search);
      const replacement = found && replace(found, output, search);
      if (!replacement) continue;
      const next = { ...node, ...replacement };
      makers.set(output, next);
      return next;
    }
    return node;
  });
  return { ...graph, nodes };
}

function usesIn({ nodes, results, writes }: SymbolicGraph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of nodes) for (const value of Object.values(node.inputs)) count(value);
  for (const { value } of [...results, ...writes]) count(value);
  return uses;
}
