/** @file One of several functions, which a number chooses. */
import * as tf from "@tensorflow/tfjs-core";
import { DtypeError, InvalidArgumentError, ShapeMismatchError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { atBoundary } from "../../module/boundary.ts";
import { assertAlive } from "../alive.ts";
import { chosen } from "./branches.ts";
import { describe } from "./tree.ts";

/**
 * `branches[index](...operands)`. An index below 0 takes the first branch, one beyond the last the last.
 *
 * Everything else is as in `cond`: all branches give the same structure, shapes and dtypes; Variables may be written in
 * some of them only; gradients flow through the one that was taken.
 *
 * ```ts
 * switchCase(index, [(x: tf.Tensor) => x, (x) => tf.square(x), (x) => tf.neg(x)], x);
 * ```
 *
 * @param index an int32 scalar, or an integer, which chooses at once
 * @throws GraphStructureError, ShapeMismatchError, DtypeError for branches that give something else, and for an index
 *   that is no int32 scalar; InvalidArgumentError without branches
 * @see jax.lax.switch, flax.nnx.switch
 */
export function switchCase<Operands extends unknown[], T>(
  index: tf.Tensor | number,
  branches: readonly ((...operands: Operands) => T)[],
  ...operands: Operands
): T {
  const repair = "switchCase(index, [(x) => x, (x) => tf.square(x)], x)";
  if (!Array.isArray(branches) || branches.length === 0) {
    throw new InvalidArgumentError(
      `switchCase: expected functions in a list, found ${Array.isArray(branches) ? "none" : describe(branches)}. Write ${repair}.`,
    );
  }
  for (const branch of branches) assertFunction(branch, "switchCase", repair);
  assertIndex(index);
  const choice = {
    branches: branches.map((fn, i) => ({
      fn: fn as (...operands: unknown[]) => unknown,
      role: `branch ${i}`,
    })),
    operands,
    caller: "switchCase",
  };
  // What each branch gives.
  return atBoundary(operands, () => chosen(choice, index) as T);
}

function assertIndex(index: unknown): void {
  if (typeof index === "number" && Number.isInteger(index)) return;
  const text = `switchCase: expected an integer or an int32 scalar for the index, found ${describe(index)}. Write tf.scalar(1, "int32").`;
  if (!(index instanceof tf.Tensor)) throw new InvalidArgumentError(text);
  assertAlive(index, () => "switchCase: the index");
  if (index.rank !== 0) throw new ShapeMismatchError(text);
  if (index.dtype !== "int32") throw new DtypeError(text);
}
