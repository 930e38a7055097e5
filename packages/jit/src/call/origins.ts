/** @file Tells whether a function reaches the Modules of a call through its arguments only, or closes over them, too. */
import { isPytree, isVariable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { ParameterSource, Traced } from "../capture/trace.ts";
import { Snapshot } from "../tree/effects.ts";
import { type Plan, partsOf } from "../tree/result.ts";

/**
 * The Modules and Variables that a trace was given. The trace takes what the function closes over for an argument
 * where it is one at the same time. Whether it is shows when other ones stand there: a trace with those reaches the
 * first ones still, or changes them.
 */
export class Origins {
  /** Those of which it is not known, by their number. */
  readonly #unknown = new Map<number, WeakRef<object>>();
  /** Those that the function closes over: only with them what was compiled is right. */
  readonly #closedOver = new Map<number, WeakRef<object>>();

  constructor(objects: readonly object[], traced: Traced) {
    const touched = touchedBy(traced);
    for (const [index, object] of objects.entries()) {
      const isCell = isVariable(object) || isPytree(object) || object instanceof tf.Variable;
      if (isCell || touched.has(index)) this.#unknown.set(index, new WeakRef(object));
    }
  }

  /**
   * Whether what the function is known to close over stands in `objects` where it stood, and what it may close over
   * stands nowhere else: a trace with `objects` could not tell then.
   */
  suits(objects: readonly object[]): boolean {
    for (const [index, object] of this.#closedOver) if (object.deref() !== objects[index]) return false;
    const others = this.#others(objects);
    return !others.some((object) => objects.includes(object));
  }

  /** Whether others stand in `objects` than those of which it is not known. */
  isUnsure(objects: readonly object[]): boolean {
    for (const [index, object] of this.#unknown) if (object.deref() !== objects[index]) return true;
    return false;
  }

  /** Learns from a trace with `objects` as arguments, which `retrace` makes. */
  learn(objects: readonly object[], retrace: () => Traced): void {
    const others = new Snapshot(
      this.#others(objects),
      (object) => isVariable(object) || object instanceof tf.Variable,
    );
    let reached: Set<unknown>;
    try {
      reached = reachedBy(retrace());
      for (const object of others.changed()) reached.add(object);
    } finally {
      others.restore();
    }
    for (const [index, reference] of this.#unknown) {
      const object = reference.deref();
      if (object === objects[index]) continue;
      this.#unknown.delete(index);
      // Nobody can close over what is gone.
      if (object && reached.has(object)) this.#closedOver.set(index, reference);
    }
  }

  /** Those of which it is not known, and which do not stand in `objects` where they stood. */
  #others(objects: readonly object[]): object[] {
    return [...this.#unknown].flatMap(([index, reference]) => {
      const object = reference.deref();
      return object && object !== objects[index] ? [object] : [];
    });
  }
}

/** The numbers of the arguments that a call changes, or gives back. */
function touchedBy({ result, effects }: Traced): Set<number> {
  const touched = new Set(effects.map(({ index }) => index));
  for (const part of plansOf(result, effects)) if (part.kind === "argument") touched.add(part.index);
  return touched;
}

/** What a trace reaches otherwise than by its arguments. */
function reachedBy({ sources, writes, result, effects }: Traced): Set<unknown> {
  const reached = new Set<unknown>();
  for (const source of [...sources, ...writes] as ParameterSource[]) {
    if ("holder" in source && typeof source.holder !== "number") reached.add(source.holder);
  }
  for (const part of plansOf(result, effects)) if (part.kind === "static") reached.add(part.value);
  return reached;
}

/** All plans of a trace, and those in them. */
function* plansOf(result: Plan, effects: Traced["effects"]): Generator<Plan> {
  yield* partsOf(result);
  for (const { set } of effects) for (const [, child] of set) yield* partsOf(child);
}
