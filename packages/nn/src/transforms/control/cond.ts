/** @file One of two functions, which a truth value chooses. */
import * as tf from "@tensorflow/tfjs-core";
import { DtypeError, InvalidArgumentError, ShapeMismatchError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { atBoundary } from "../../module/boundary.ts";
import { assertAlive } from "../alive.ts";
import { chosen } from "./branches.ts";
import { describe } from "./tree.ts";

/**
 * `trueFn(...operands)` where `pred` is true, else `falseFn(...operands)`.
 *
 * Both give the same structure, shapes and dtypes of tensors (arrays, `Map`s and plain objects of them). Modules, Variables
 * and random streams may be operands or be closed over; what only one branch writes stays as it is where the other is
 * taken. Eagerly `pred` is read, and the other branch is traced to compare its result; on webgpu, where reading waits,
 * both are traced and run, and the results of one are taken. Within a compiled function both are compiled, and each call
 * runs one. Gradients flow through the one that was taken. A boolean chooses at once.
 *
 * ```ts
 * cond(tf.greater(tf.sum(x), 0), (x: tf.Tensor) => tf.mul(x, 2), (x) => tf.neg(x), x);
 * ```
 *
 * @throws GraphStructureError, ShapeMismatchError, DtypeError for branches that give something else, and for a `pred`
 *   that is no bool scalar
 * @see jax.lax.cond, flax.nnx.cond
 */
export function cond<Operands extends unknown[], T>(
  pred: tf.Tensor | boolean,
  trueFn: (...operands: Operands) => T,
  falseFn: (...operands: NoInfer<Operands>) => NoInfer<T>,
  ...operands: Operands
): T {
  const repair = "cond(pred, (x) => tf.mul(x, 2), (x) => tf.neg(x), x)";
  assertFunction(trueFn, "cond", repair);
  assertFunction(falseFn, "cond", repair);
  assertPredicate(pred);
  // What the functions take is what was given.
  const branches = [
    { fn: falseFn as (...operands: unknown[]) => unknown, role: "falseFn" },
    { fn: trueFn as (...operands: unknown[]) => unknown, role: "trueFn" },
  ];
  return atBoundary(operands, () => {
    const choice = { branches, operands, caller: "cond" };
    if (typeof pred === "boolean") return chosen(choice, Number(pred)) as T;
    const index = tf.cast(pred, "int32");
    try {
      // What each branch gives.
      return chosen(choice, index) as T;
    } finally {
      index.dispose();
    }
  });
}

function assertPredicate(pred: unknown): void {
  if (typeof pred === "boolean") return;
  const text = `cond: expected a boolean or a bool scalar for pred, found ${describe(pred)}. Reduce it: tf.any(pred), tf.greater(tf.sum(x), 0).`;
  if (!(pred instanceof tf.Tensor)) throw new InvalidArgumentError(text);
  assertAlive(pred, () => "cond: pred");
  if (pred.rank !== 0) throw new ShapeMismatchError(text);
  if (pred.dtype !== "bool") throw new DtypeError(text);
}
