/** @file Tells whether a function reaches the Modules of a call through its arguments only, or closes over them, too. */
import { isPytree, isVariable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { ParameterSource, Traced } from "../capture/trace.ts";
import { partsOf } from "../tree/result.ts";

/**
 * The Modules and Variables that a trace was given. The trace takes what the function closes over for an argument
 * where it is one at the same time. Whether it is shows when other ones stand there: a trace with those reaches the
 * first ones still.
 */
export class Origins {
  /** Those of which it is not known, by their number. */
  private readonly unknown = new Map<number, WeakRef<object>>();
  /** Those that the function closes over: only with them what was compiled is right. */
  private readonly closedOver = new Map<number, WeakRef<object>>();

  constructor(objects: readonly object[]) {
    for (const [index, object] of objects.entries()) {
      if (isVariable(object) || isPytree(object) || object instanceof tf.Variable) {
        this.unknown.set(index, new WeakRef(object));
      }
    }
  }

  /** Whether what the function is known to close over stands in `objects` where it stood. */
  suits(objects: readonly object[]): boolean {
    for (const [index, object] of this.closedOver) if (object.deref() !== objects[index]) return false;
    return true;
  }

  /** Whether others stand in `objects` than those of which it is not known. */
  isUnsure(objects: readonly object[]): boolean {
    for (const [index, object] of this.unknown) if (object.deref() !== objects[index]) return true;
    return false;
  }

  /** Learns from a trace with `objects` as arguments. */
  learn(objects: readonly object[], traced: Traced): void {
    const reached = reachedBy(traced);
    for (const [index, reference] of this.unknown) {
      const object = reference.deref();
      if (object === objects[index]) continue;
      this.unknown.delete(index);
      // Nobody can close over what is gone.
      if (object && reached.has(object)) this.closedOver.set(index, reference);
    }
  }
}

/** What a trace reaches otherwise than by its arguments. */
function reachedBy({ sources, writes, result, effects }: Traced): Set<unknown> {
  const reached = new Set<unknown>();
  for (const source of [...sources, ...writes] as ParameterSource[]) {
    if ("holder" in source && typeof source.holder !== "number") reached.add(source.holder);
  }
  for (const plan of [result, ...effects.flatMap(({ set }) => set.map(([, child]) => child))]) {
    for (const part of partsOf(plan)) if (part.kind === "static") reached.add(part.value);
  }
  return reached;
}
