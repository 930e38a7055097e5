/** @file A list of modules that is itself a Module. */
import { InvalidArgumentError } from "../errors.ts";
import { INDEXED } from "../graph/children.ts";
import { Module } from "./module.ts";

/**
 * A list that is a node of the graph: it has an identity, so that it can be shared. Elements are read and written
 * by index; paths hold the index as a number. Plain arrays of modules work as well.
 *
 * @see flax.nnx.List
 */
export class List<T> extends Module implements Iterable<T> {
  static override readonly name: string = "List";
  declare readonly [INDEXED]: true;
  [index: number]: T;

  static {
    Object.defineProperty(List.prototype, INDEXED, { value: true });
  }

  /** @throws InvalidArgumentError for what cannot be gone through */
  constructor(items: Iterable<T> = []) {
    super();
    const given: unknown = items;
    if (typeof given !== "object" || given === null || !(Symbol.iterator in given)) {
      throw new InvalidArgumentError(
        `expected an array of items, got ${given === null ? "null" : typeof given}. Write new List([first, second]).`,
        this,
      );
    }
    for (const item of items) this.push(item);
  }

  /** The number of elements. */
  get length(): number {
    let length = 0;
    while (Object.hasOwn(this, length)) length++;
    return length;
  }

  /** The element at `index`, counted from the end if negative. */
  at(index: number): T | undefined {
    return this[index < 0 ? this.length + index : index];
  }

  /** Adds `items` at the end; answers the new length. */
  push(...items: T[]): number {
    for (const item of items) this[this.length] = item;
    return this.length;
  }

  /** Removes the last element and answers it. */
  pop(): T | undefined {
    const last = this.length - 1;
    const item = this[last];
    delete this[last];
    return item;
  }

  /** Goes through the items. */
  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.length; index++) yield this[index]!;
  }
}
