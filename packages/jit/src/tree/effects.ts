/** @file What a function changes in its arguments beside Variables: attributes that it sets, lists that it extends. */
import { setChild } from "@nnx-js/nn";
import { Builder, type Plan } from "./result.ts";
import type * as tf from "@tensorflow/tfjs-core";

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
  private readonly objects: readonly object[];
  private readonly contents: readonly (Contents | undefined)[];

  /** @param isOpaque tells objects whose inside does not count, such as Variables */
  constructor(objects: readonly object[], isOpaque: (object: object) => boolean) {
    this.objects = objects;
    this.contents = objects.map((object) => (isOpaque(object) ? undefined : contentsOf(object)));
  }

  /** The differences between then and now. */
  effects(plan: (value: unknown) => Plan): Effect[] {
    return this.contents.flatMap((before, index) => {
      if (!before) return [];
      const now = contentsOf(this.objects[index]!);
      const deleted = [...before.keys()].filter((key) => !now.has(key));
      const set = [...now].filter(([key, child]) => !before.has(key) || !Object.is(before.get(key), child));
      if (deleted.length === 0 && set.length === 0) return [];
      return [{ index, deleted, set: set.map(([key, child]) => [key, plan(child)] as const) }];
    });
  }

  /** Puts everything back. */
  restore(): void {
    for (const [index, before] of this.contents.entries()) {
      if (!before) continue;
      const object = this.objects[index]!;
      const now = contentsOf(object);
      for (const key of now.keys()) if (!before.has(key)) deleteChild(object, key);
      for (const [key, child] of before) {
        if (!now.has(key) || !Object.is(now.get(key), child)) assignChild(object, key, child);
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
    for (const [key, plan] of set) assignChild(object, key, builder.build(plan));
  }
}

function contentsOf(object: object): Contents {
  if (object instanceof Map) return new Map(object as Map<unknown, unknown>);
  const contents = new Map<unknown, unknown>();
  for (const key of Object.keys(object)) {
    const property = Object.getOwnPropertyDescriptor(object, key)!;
    if ("value" in property) contents.set(Array.isArray(object) ? Number(key) : key, property.value);
  }
  return contents;
}

function deleteChild(object: object, key: unknown): void {
  if (object instanceof Map) object.delete(key);
  // Elements go from the end: what was added last, or removed.
  else if (Array.isArray(object)) object.length = Math.min(object.length, key as number);
  else delete (object as Record<string, unknown>)[key as string];
}

function assignChild(object: object, key: unknown, child: unknown): void {
  // The keys of what was walked over are those that setChild takes.
  setChild(object as Parameters<typeof setChild>[0], key as string | number, child);
}
