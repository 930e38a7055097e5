/** @file Keys of the cache that do not keep anything alive. */
import type { StructureKey } from "./key.ts";

/** A structure key with weak references to its objects and functions. */
export class WeakKey {
  readonly #parts: readonly unknown[];

  constructor(key: StructureKey) {
    this.#parts = key.map((part) => (isReference(part) ? new WeakRef(part) : part));
  }

  /** Whether it is the key that `key` was made from, or one equal to it. */
  equals(key: StructureKey): boolean {
    if (key.length !== this.#parts.length) return false;
    for (let i = 0; i < key.length; i++) if (!Object.is(valueOf(this.#parts[i]), key[i])) return false;
    return true;
  }

  /** What it speaks of: no call can have this key any more when one of them is gone. */
  objects(): Set<object> {
    return new Set(this.#parts.flatMap((part) => (part instanceof WeakRef ? (part.deref() ?? []) : [])));
  }
}

function isReference(part: unknown): part is object {
  return (typeof part === "object" && part !== null) || typeof part === "function";
}

function valueOf(part: unknown): unknown {
  return part instanceof WeakRef ? part.deref() : part;
}
