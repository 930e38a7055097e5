/** @file Where the buffers of one program are, and those of the bodies of its loops. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Arena } from "../../../memory/arena.ts";
import type { GpuHeap } from "../memory/gpu-heap.ts";
import type { Loop, PreparedGraph } from "../prepared.ts";
import type { Place } from "./tables.ts";

/** Holds a program's constants. */
class Constants {
  private readonly arena: Arena<GpuHeap>;
  private readonly addresses = new Map<Buffer, number>();

  constructor(arena: Arena<GpuHeap>) {
    this.arena = arena;
  }

  addressOf(buffer: Buffer, elements: Float32Array | Int32Array | Uint8Array): number {
    let address = this.addresses.get(buffer);
    if (address === undefined) {
      address = this.arena.allocate(4 * elements.length);
      const words = elements instanceof Float32Array ? new Float32Array(elements) : Int32Array.from(elements);
      this.arena.space.write(address, words);
      this.addresses.set(buffer, address);
    }
    return address;
  }
}

/** Knows where the buffers of a graph are while it runs. */
export class Places {
  private readonly constants: Constants;
  private readonly graph: PreparedGraph;
  private readonly workspace: Place;
  private readonly entryAt: (entry: number) => Place;

  private constructor(
    constants: Constants,
    graph: PreparedGraph,
    workspace: Place,
    entryAt: (entry: number) => Place,
  ) {
    this.constants = constants;
    this.graph = graph;
    this.workspace = workspace;
    this.entryAt = entryAt;
  }

  /** Of a program, with a workspace in `arena`: parameters are entries, and behind them outputs. */
  static of(graph: PreparedGraph, arena: Arena<GpuHeap>): Places {
    const workspace = { place: arena.allocate(graph.plan.bytes) / 4 };
    return new Places(new Constants(arena), graph, workspace, (entry) => ({ entry }));
  }

  /** Of the body of a loop of this graph: of slices the places of the first ones. */
  inside({ body, operands }: Loop): Places {
    return new Places(this.constants, body, this.of(operands.at(-1)!), (entry) => this.of(operands[entry]!));
  }

  of(buffer: Buffer): Place {
    const { role } = buffer;
    const { graph, outputOf, plan } = this.graph;
    if (role.kind === "parameter") return this.entryAt(role.index);
    if (role.kind === "constant") return { place: this.constants.addressOf(buffer, role.elements) / 4 };
    const output = outputOf.get(buffer);
    if (output !== undefined) return this.entryAt(graph.parameters.length + output);
    const offset = plan.offsets.get(buffer);
    if (offset === undefined || !("place" in this.workspace))
      throw new Error("internal: a buffer has no place");
    return { place: this.workspace.place + offset / 4 };
  }
}
