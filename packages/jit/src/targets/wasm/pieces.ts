/** @file The memory of one program, taken from the heap. */
import type { Allocator } from "./memory/arena.ts";
import type { Arrangement } from "./arrangement.ts";
import type { Place } from "./emit/addresses.ts";
import type { Buffer } from "../../expr/expr.ts";
import type { Plan } from "../../plan/memory.ts";
import type { Assigned } from "../../plan/outputs.ts";

/** How many addresses there are in a table of them. */
interface Counts {
  readonly parameters: number;
  readonly outputs: number;
  readonly weights: number;
}

/** Holds a program's workspace, constants and table of addresses. */
export class Pieces {
  /** The byte address of the table of addresses: parameters, outputs, packed weights. */
  readonly table: number;
  readonly #heap: Allocator;
  readonly #plan: Plan;
  readonly #inScratch: Arrangement["inScratch"];
  readonly #outputOf: Assigned["outputOf"];
  readonly #parameters: number;
  readonly #workspace: number;
  readonly #constants = new Map<Buffer, number>();

  /** @param workspace the byte address of one that is there already */
  constructor(
    heap: Allocator,
    { plan, inScratch }: Arrangement,
    { outputOf }: Assigned,
    counts: Counts,
    workspace?: number,
  ) {
    this.#heap = heap;
    this.#plan = plan;
    this.#inScratch = inScratch;
    this.#outputOf = outputOf;
    this.#parameters = counts.parameters;
    this.table = heap.allocate(4 * (counts.parameters + counts.outputs + counts.weights));
    this.#workspace = workspace ?? heap.allocate(plan.bytes);
  }

  /** Where `buffer` is while the program runs. */
  placeOf(buffer: Buffer): Place {
    const { role } = buffer;
    if (role.kind === "parameter") return { entry: role.index };
    if (role.kind === "constant") return { address: this.#constant(buffer, role.elements) };
    const output = this.#outputOf.get(buffer);
    if (output !== undefined) return { entry: this.#parameters + output };
    const offset = this.#plan.offsets.get(buffer);
    if (offset !== undefined) return { address: this.#workspace + offset };
    const place = this.#inScratch.get(buffer);
    if (place === undefined) throw new Error("internal: a buffer has no place");
    return place;
  }

  #constant(buffer: Buffer, elements: Float32Array | Int32Array | Uint8Array): number {
    let address = this.#constants.get(buffer);
    if (address === undefined) {
      address = this.#heap.allocate(4 * elements.length);
      const isFloat = elements instanceof Float32Array;
      const view = isFloat
        ? this.#heap.float32(address, elements.length)
        : this.#heap.int32(address, elements.length);
      view.set(elements);
      this.#constants.set(buffer, address);
    }
    return address;
  }
}
