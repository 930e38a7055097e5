/** @file Where the buffers of one program are. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Arena } from "../../../memory/arena.ts";
import type { Plan } from "../../../plan/memory.ts";
import type { GpuHeap } from "../memory/gpu-heap.ts";
import type { Place } from "./tables.ts";

/** Holds a program's workspace and constants. */
export class Places {
  private readonly arena: Arena<GpuHeap>;
  private readonly plan: Plan;
  private readonly outputOf: ReadonlyMap<Buffer, number>;
  private readonly parameters: number;
  private readonly workspace: number;
  private readonly constants = new Map<Buffer, number>();

  /** @param parameters how many there are: outputs are entries behind them */
  constructor(arena: Arena<GpuHeap>, plan: Plan, outputOf: ReadonlyMap<Buffer, number>, parameters: number) {
    this.arena = arena;
    this.plan = plan;
    this.outputOf = outputOf;
    this.parameters = parameters;
    this.workspace = arena.allocate(plan.bytes);
  }

  /** Where `buffer` is while the program runs. */
  of(buffer: Buffer): Place {
    const { role } = buffer;
    if (role.kind === "parameter") return { entry: role.index };
    if (role.kind === "constant") return { place: this.constant(buffer, role.elements) / 4 };
    const output = this.outputOf.get(buffer);
    if (output !== undefined) return { entry: this.parameters + output };
    const offset = this.plan.offsets.get(buffer);
    if (offset === undefined) throw new Error("internal: a buffer has no place");
    return { place: (this.workspace + offset) / 4 };
  }

  private constant(buffer: Buffer, elements: Float32Array | Int32Array | Uint8Array): number {
    let address = this.constants.get(buffer);
    if (address === undefined) {
      address = this.arena.allocate(4 * elements.length);
      const words = elements instanceof Float32Array ? new Float32Array(elements) : Int32Array.from(elements);
      this.arena.space.write(address, words);
      this.constants.set(buffer, address);
    }
    return address;
  }
}
