/** @file What a function changes in its arguments beside Variables: attributes that it sets, lists that it extends. */
import type * as tf from "@tensorflow/tfjs-core";
import { Builder, type Plan } from "./result.ts";

/** The contents of one node or container: keys and children. */
type Contents = ReadonlyMap<unknown, unknown>;

/** What a call does to one object of its arguments. */
export interface Effect {
  /** The number of the object. */
  readonly index: number;
  readonly deleted: readonly unknown[];
  readonly set: readonly (readonly [key: unknown, plan: Plan])[];
}

/** Remembers what objects hold. */
export class Snapshot {
  readonly #objects: readonly object[];
  readonly #contents: readonly (Contents | undefined)[];

  /** @param isOpaque tells objects whose inside does not count, such as Variables */
  constructor(objects: readonly object[], isOpaque: (object: object) => boolean) {
    this.#objects = objects;
    this.#contents = objects.map((object) =>
      isOpaque(object) || isFixed(object) ? undefined : contentsOf(object),
    );
  }

  /** The differences between then and now. */
  effects(plan: (value: unknown) => Plan): Effect[] {
    return this.#contents.flatMap((before, index) => {
      if (!before) return [];
      const now = contentsOf(this.#objects[index]!);
      const deleted = [...before.keys()].filter((key) => !now.has(key));
      const set = [...now].filter(([key, child]) => !before.has(key) || !Object.is(before.get(key), child));
      if (deleted.length === 0 && set.length === 0) return [];
      return [{ index, deleted, set: set.map(([key, child]) => [key, plan(child)] as const) }];
    });
  }

  /** The objects that hold something else now. */
  changed(): object[] {
    return this.#objects.filter((object, index) => {
      const before = this.#contents[index];
      if (!before) return false;
      const now = contentsOf(object);
      const isSame = ([key, child]: [unknown, unknown]) =>
        before.has(key) && Object.is(before.get(key), child);
      return now.size !== before.size || ![...now].every(isSame);
    });
  }

  /** Puts everything back. */
  restore(): void {
    for (const [index, before] of this.#contents.entries()) {
      if (!before) continue;
      const object = this.#objects[index]!;
      const now = contentsOf(object);
      for (const key of now.keys()) if (!before.has(key)) deleteChild(object, key);
      for (const [key, child] of before) {
        if (!now.has(key) || !Object.is(now.get(key), child)) putChild(object, key, child);
      }
    }
  }
}

/** Does to the objects of a call what the function did while it was traced. */
export function applyEffects(
  effects: readonly Effect[],
  outputs: readonly tf.Tensor[],
  objects: readonly object[],
): void {
  if (effects.length === 0) return;
  const builder = new Builder(outputs, objects);
  for (const { index, deleted, set } of effects) {
    const object = objects[index]!;
    for (const key of deleted) deleteChild(object, key);
    for (const [key, plan] of set) putChild(object, key, builder.build(plan));
  }
}

/** The key under which the time of a date stands among its contents. */
const TIME = Symbol("time");

/** Whether nobody can put anything else into `object`. */
function isFixed(object: object): boolean {
  const hasOwnContents = object instanceof Map || object instanceof Set || object instanceof Date;
  return !hasOwnContents && Object.isFrozen(object);
}

/** Entries of a Map, items of a Set, the time of a Date; of all others the own properties that are no accessors. */
function contentsOf(object: object): Contents {
  if (object instanceof Map) return new Map(object as Map<unknown, unknown>);
  if (object instanceof Set) return new Map([...(object as Set<unknown>)].map((item) => [item, item]));
  if (object instanceof Date) return new Map([[TIME, object.getTime()]]);
  const contents = new Map<unknown, unknown>();
  // The length of an array comes first, so that elements are set after it.
  for (const key of Array.isArray(object)
    ? ["length", ...Reflect.ownKeys(object)]
    : Reflect.ownKeys(object)) {
    const property = Object.getOwnPropertyDescriptor(object, key)!;
    if ("value" in property) contents.set(key, property.value);
  }
  return contents;
}

function deleteChild(object: object, key: unknown): void {
  if (object instanceof Map || object instanceof Set) object.delete(key);
  // Keys of others are those of properties.
  else Reflect.deleteProperty(object, key as PropertyKey);
}

/** Puts `child` where `key` says, past setters and `readonly`. A property stays as visible as it is. */
export function putChild(object: object, key: unknown, child: unknown): void {
  if (object instanceof Map) object.set(key, child);
  else if (object instanceof Set) object.add(child);
  else if (object instanceof Date) object.setTime(child as number);
  else if (Array.isArray(object) && key === "length") object.length = child as number;
  else {
    const name = key as PropertyKey;
    const {
      writable = true,
      enumerable = true,
      configurable = true,
    } = Object.getOwnPropertyDescriptor(object, name) ?? {};
    Object.defineProperty(object, name, { value: child, writable, enumerable, configurable });
  }
}
