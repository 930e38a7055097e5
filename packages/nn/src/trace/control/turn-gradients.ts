/** @file A turn of a loop with its gradients, as one graph: what of it depends on what, and what the backward loop needs. */
import type { Graph, KernelNode, Value } from "../graph.ts";
import { CHEAP } from "./cheap.ts";
import { needed } from "./hoist.ts";
import { laterSum, type LaterSum } from "./later-sums.ts";

/** How many launches, one after the other, are run again at most: `y * (1 - y)` from `y` takes two. */
const DEPTH = 2;

/** How many of the parameters of a turn are what; the others are the same in each turn. */
interface Counts {
  readonly carries: number;
  readonly sequences: number;
}

/** Tells the launches of a turn from those of its gradients. */
export class TurnGradients {
  readonly #nodes: readonly KernelNode[];
  readonly #own: readonly Value[];
  /** What depends on gradients that come in. */
  readonly #gradients: Set<Value>;
  /** What the backward loop has anyway. */
  readonly #free: ReadonlySet<Value>;
  /** What is the same in each turn. */
  readonly #invariant: Set<Value>;
  readonly #makers = new Map<Value, KernelNode>();

  /**
   * @param own the parameters of the turn
   * @param incoming its gradients
   */
  constructor(
    graph: Graph,
    own: readonly Value[],
    incoming: readonly Value[],
    { carries, sequences }: Counts,
  ) {
    const constants = graph.constants.map(({ value }) => value);
    this.#nodes = graph.nodes;
    this.#own = own;
    this.#gradients = new Set(incoming);
    this.#free = new Set([...own.slice(carries), ...constants]);
    this.#invariant = new Set([...own.slice(carries + sequences), ...constants]);
    for (const node of graph.nodes) {
      const inputs = Object.values(node.inputs);
      const isGradient = inputs.some((input) => this.#gradients.has(input));
      const isInvariant = inputs.every((input) => this.#invariant.has(input));
      for (const output of node.outputs) {
        this.#makers.set(output, node);
        if (isGradient) this.#gradients.add(output);
        else if (isInvariant) this.#invariant.add(output);
      }
    }
  }

  /** Whether a value depends on gradients that come in. */
  isGradient(value: Value): boolean {
    return this.#gradients.has(value);
  }

  /** The launches of the turn itself. */
  ownNodes(): KernelNode[] {
    return this.#nodes.filter((node) => !this.#isGradientNode(node));
  }

  /** How the sum of `value` over all turns is taken after them, if that is possible. */
  laterSum(value: Value): LaterSum | undefined {
    return laterSum(
      value,
      (made) => this.#makers.get(made),
      (leaf) => !this.#invariant.has(leaf),
    );
  }

  /**
   * What has to be kept of a turn: what `wanted` gradients are computed from, but for what is quickly computed again from
   * the rest, or from constants only.
   */
  kept(wanted: readonly Value[]): Value[] {
    const kept = new Set<Value>();
    const isOwn = (value: Value) =>
      !this.#gradients.has(value) && (this.#makers.has(value) || this.#own.includes(value));
    const ask = (value: Value) => {
      if (isOwn(value) && !this.#free.has(value) && !this.#invariant.has(value)) kept.add(value);
    };
    const backward = needed(
      this.#nodes.filter((node) => this.#isGradientNode(node)),
      wanted,
    );
    for (const node of backward) Object.values(node.inputs).forEach(ask);
    wanted.forEach(ask);
    /** Whether a value is there, or is quickly computed from what is. */
    const isAtHand = (value: Value, depth: number): boolean => {
      if (kept.has(value) || this.#free.has(value) || this.#invariant.has(value)) return true;
      return depth > 0 && isComputable(value, depth - 1);
    };
    const isComputable = (value: Value, depth: number): boolean => {
      const node = this.#makers.get(value);
      if (!node || !CHEAP.has(node.kernelName)) return false;
      return Object.values(node.inputs).every((input) => isAtHand(input, depth));
    };
    // The last first: what it is computed from was there before.
    for (const value of [...kept].sort((a, b) => b.id - a.id)) {
      kept.delete(value);
      if (!isComputable(value, DEPTH)) kept.add(value);
    }
    return [...kept];
  }

  #isGradientNode({ outputs }: KernelNode): boolean {
    return outputs.some((output) => this.#gradients.has(output));
  }
}
