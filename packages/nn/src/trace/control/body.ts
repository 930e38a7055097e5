/** @file A function as an attribute of a kernel: what loops repeat, and what branches do. */
import type { Graph, Value } from "../graph.ts";

let bodies = 0;

/** A recorded function that a kernel of control flow runs. Two with the same graph are told apart by their `id`. */
export class Body {
  readonly id = ++bodies;
  readonly graph: Graph;
  /** One that computes the same from the same parameters, but fewer outputs: the first ones of this. */
  readonly less: Body | undefined;
  readonly #made = new Map<string, unknown>();

  constructor(graph: Graph, less?: Body) {
    this.graph = graph;
    this.less = less;
  }

  /** What `make` gave when it was first called with `key`: bodies are derived from each other, and each once. */
  once<T>(key: string, make: () => T): T {
    if (!this.#made.has(key)) this.#made.set(key, make());
    // Whoever asks by a key asks for the same kind of thing each time.
    return this.#made.get(key) as T;
  }

  /** Whether `other` is this, or gives fewer outputs than this. */
  includes(other: Body): boolean {
    return this === other || (this.less?.includes(other) ?? false);
  }

  toJSON(): string {
    return `${this.graph.name}#${this.id} (${this.graph.nodes.length} launches)`;
  }
}

/** Numbers for values that are added to a graph. */
export function numberingOf(graph: Graph): () => number {
  let next = 0;
  const note = ({ id }: Value) => (next = Math.max(next, id + 1));
  graph.parameters.forEach(note);
  for (const { value } of graph.constants) note(value);
  for (const { outputs } of graph.nodes) outputs.forEach(note);
  return () => next++;
}

/** `graph` with other parameters and outputs; constants that nothing takes are left out. */
export function regraphed(
  graph: Graph,
  { parameters = graph.parameters, nodes = graph.nodes, outputs }: GraphParts,
): Graph {
  const used = new Set(outputs);
  for (const { inputs } of nodes) for (const value of Object.values(inputs)) used.add(value);
  return {
    name: graph.name,
    parameters,
    constants: graph.constants.filter(({ value }) => used.has(value)),
    nodes,
    outputs: outputs.map((value) => ({ value })),
  };
}

interface GraphParts {
  readonly parameters?: readonly Value[] | undefined;
  readonly nodes?: Graph["nodes"] | undefined;
  readonly outputs: readonly Value[];
}
