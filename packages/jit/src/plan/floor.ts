/** @file The fewest bytes that a program can write: outputs, and what has to lie in memory in between. */
import type { Buffer } from "../expr/expr.ts";
import type { Lowered } from "../lower/lower-graph.ts";
import { readsOf, writesOf } from "../steps/accesses.ts";

/** Bytes of an element. */
const ELEMENT = 4;

/** What bounds the bytes that programs of the same steps write. */
export interface Floor {
  /** Of outputs: results, and next values of Variables. */
  readonly outputs: number;
  /** Of other values. */
  readonly between: number;
}

/**
 * The fewest bytes that `steps` can write, however their loops are joined:
 *
 * - outputs, once;
 * - what routines (products, convolutions, scatters, …) take of what was computed: they read it many times;
 * - of what reductions take, as much as it needs that on every way from what a routine or a reduction gives to there
 *   lies one value that is written, since no loop can hold what other workgroups compute: a smallest cut.
 *
 * Parts of sums that workgroups leave to each other, copies, and values that could be computed again, are more than that.
 */
export function floorOf({ steps, outputs }: Pick<Lowered, "steps" | "outputs">): Floor {
  const cut = new Cut();
  const operands = new Set<Buffer>();
  for (const step of steps) {
    const [read, written] = [[...readsOf(step)].filter(isMovable), writesOf(step).filter(isMovable)];
    if (step.kind === "map") {
      for (const from of read) for (const to of written) cut.connect(from, to);
      continue;
    }
    for (const buffer of read) cut.end(buffer);
    for (const buffer of written) cut.begin(buffer);
    if (step.kind === "routine") for (const buffer of read) operands.add(buffer);
  }
  for (const buffer of outputs) operands.delete(buffer);
  // What is written in any case cuts ways for nothing.
  for (const buffer of [...outputs, ...operands]) cut.free(buffer);
  const bytes = (buffers: Iterable<Buffer>) =>
    [...buffers].reduce((sum, { size }) => sum + ELEMENT * size, 0);
  return { outputs: bytes(outputs), between: bytes(operands) + ELEMENT * cut.size() };
}

function isMovable({ role }: Buffer): boolean {
  return role.kind === "temporary";
}

/** An edge of the network, with what can still go along it. */
interface Edge {
  readonly to: number;
  room: number;
  readonly back: Edge;
}

/** The smallest sizes of buffers that separate where ways begin from where they end: as much as can flow between. */
class Cut {
  /** From each node: 0 is the source, 1 the sink; buffers have two nodes, with their size in between. */
  readonly #edges: Edge[][] = [[], []];
  readonly #nodes = new Map<Buffer, number>();
  readonly #through = new Map<Buffer, Edge>();

  begin(buffer: Buffer): void {
    this.#add(0, this.#nodeOf(buffer), Infinity);
  }

  end(buffer: Buffer): void {
    this.#add(this.#nodeOf(buffer) + 1, 1, Infinity);
  }

  connect(from: Buffer, to: Buffer): void {
    this.#add(this.#nodeOf(from) + 1, this.#nodeOf(to), Infinity);
  }

  free(buffer: Buffer): void {
    const edge = this.#through.get(buffer);
    if (edge) edge.room = 0;
  }

  /** By the shortest ways that have room, all of the same length at a time (Dinic 1970). */
  size(): number {
    let flow = 0;
    for (let levels = this.#levels(); levels[1] !== -1; levels = this.#levels()) {
      const next = this.#edges.map(() => 0);
      for (let more = this.#push(levels, next); more > 0; more = this.#push(levels, next)) flow += more;
    }
    return flow;
  }

  #nodeOf(buffer: Buffer): number {
    let node = this.#nodes.get(buffer);
    if (node === undefined) {
      node = this.#edges.length;
      this.#nodes.set(buffer, node);
      this.#edges.push([], []);
      this.#through.set(buffer, this.#add(node, node + 1, buffer.size));
    }
    return node;
  }

  #add(from: number, to: number, room: number): Edge {
    const edge: { to: number; room: number; back: Edge } = { to, room, back: undefined! };
    const back: Edge = { to: from, room: 0, back: edge };
    edge.back = back;
    this.#edges[from]!.push(edge);
    this.#edges[to]!.push(back);
    return edge;
  }

  /** How many edges each node is from the source; -1 where nothing can go. */
  #levels(): number[] {
    const levels = this.#edges.map(() => -1);
    levels[0] = 0;
    const queue = [0];
    for (const node of queue) {
      for (const { to, room } of this.#edges[node]!) {
        if (room <= 0 || levels[to] !== -1) continue;
        levels[to] = levels[node]! + 1;
        queue.push(to);
      }
    }
    return levels;
  }

  /** Sends as much as there is room for along one way; `next` are the edges of each node that were not tried. */
  #push(levels: readonly number[], next: number[]): number {
    const way: Edge[] = [];
    let node = 0;
    while (node !== 1) {
      const edge = this.#edges[node]![next[node]!];
      if (!edge) {
        const last = way.pop();
        if (!last) return 0;
        node = last.back.to;
        next[node]!++;
      } else if (edge.room > 0 && levels[edge.to] === levels[node]! + 1) {
        way.push(edge);
        node = edge.to;
      } else next[node]!++;
    }
    const room = way.reduce((least, edge) => Math.min(least, edge.room), Infinity);
    for (const edge of way) {
      edge.room -= room;
      edge.back.room += room;
    }
    return room;
  }
}
