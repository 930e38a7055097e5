/** @file One turn of a loop: the function that is given, with checks of what it gives. */
import type * as tf from "@tensorflow/tfjs-core";
import { AsyncFunctionError } from "@nnx-js/tensor";
import { GraphStructureError } from "../../errors.ts";
import { assertAlike, describe, type Tree, treeOf } from "./tree.ts";

/**
 * Checks that what a loop carries stays what it is.
 *
 * @throws GraphStructureError, ShapeMismatchError, DtypeError
 */
export function nextCarry(carry: Tree, next: unknown, caller: string): Tree {
  const found = treeOf(next, `${caller}: the carry`);
  assertAlike(carry, found, {
    what: `${caller}: the carry`,
    expected: "what came in",
    found: "what the function returned",
    repair: "What is carried has the same structure, shapes and dtypes in each turn.",
  });
  return found;
}

/** The two things that the function of a scan returns. */
export function pairOf(result: unknown, caller: string): readonly [carry: unknown, y: unknown] {
  if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError(caller, result);
  if (Array.isArray(result) && result.length === 2) return [result[0], result[1]];
  throw new GraphStructureError(
    `${caller}: expected a function that returns [carry, y], found ${Array.isArray(result) ? `a list of ${result.length}` : describe(result)}. ` +
      `Write return [carry, null] where there is nothing to stack.`,
  );
}

/** The shapes of what each turn gives, which have to be the same. */
export class Results {
  readonly #caller: string;
  #first: Tree | undefined;

  constructor(caller: string) {
    this.#caller = caller;
  }

  /** The tensors of a turn's result. */
  tensorsOf(y: unknown): readonly tf.Tensor[] {
    const tree = treeOf(y, `${this.#caller}: y`);
    if (this.#first) {
      assertAlike(this.#first, tree, {
        what: `${this.#caller}: y`,
        expected: "what the first turn returned",
        found: "what a later one did",
        repair: "Results of all turns have the same structure, shapes and dtypes.",
      });
    }
    this.#first ??= tree;
    return tree.tensors;
  }

  /** The result of one turn with these tensors. */
  rebuild(tensors: readonly tf.Tensor[]): unknown {
    return this.#first?.rebuild(tensors);
  }
}
