/** @file Loops that count. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { assertAlive } from "../alive.ts";
import type { Carried, Returned } from "./returned.ts";
import { scanAs } from "./scan.ts";
import { describe, treeOf } from "./tree.ts";
import { nextCarry } from "./turn.ts";
import { whileAs } from "./while-loop.ts";

/**
 * Runs `body(i, carry)` for `i` from `lower` to `upper - 1`; gives the last carry. `i` is an int32 scalar.
 *
 * With numbers for bounds it is a {@link scan}, and has a gradient. With int32 scalars it is a `whileLoop`: within a
 * compiled function the number of turns may differ from call to call, and there is no gradient.
 *
 * ```ts
 * foriLoop(0, 10, (i: tf.Scalar, sum: tf.Tensor) => tf.add(sum, tf.cast(i, "float32")), tf.scalar(0));
 * ```
 *
 * @throws as {@link scan} and `whileLoop` do; InvalidArgumentError for bounds that are no integers
 * @see jax.lax.fori_loop, flax.nnx.fori_loop
 */
export function foriLoop<C extends Carried>(
  lower: number | tf.Tensor,
  upper: number | tf.Tensor,
  body: (i: tf.Scalar, carry: C) => Returned<C>,
  init: C,
): C {
  assertFunction(body, "foriLoop", "foriLoop(0, 10, (i, carry) => carry, init)");
  const name = body.name || "anonymous";
  const caller = `foriLoop(${name})`;
  for (const bound of [lower, upper]) {
    if (typeof bound === "number" ? Number.isInteger(bound) : isIndex(bound)) {
      if (typeof bound !== "number") assertAlive(bound, () => `${caller}: the bounds`);
      continue;
    }
    throw new InvalidArgumentError(
      `${caller}: expected integers or int32 scalars for the bounds, found ${describe(bound)}. ` +
        `Write foriLoop(0, 10, body, init).`,
    );
  }
  if (typeof lower === "number" && typeof upper === "number") {
    const length = Math.max(0, upper - lower);
    // One that counts down counts nothing.
    const indices = tf.range(lower, lower + length, 1, "int32");
    const turn = {
      [name]: (carry: C, i: tf.Tensor) => [body(i as tf.Scalar, carry), null] as const,
    }[name]!;
    try {
      return scanAs(caller, turn, init, indices)[0];
    } finally {
      indices.dispose();
    }
  }
  const carried = treeOf(init, `${caller}: the carry`);
  const [first, end] = [asIndex(lower), asIndex(upper)];
  const goesOn = ([i]: [tf.Tensor, C]) => tf.less(i, end);
  const turn = {
    [name]: ([i, current]: [tf.Tensor, C]): [tf.Tensor, C] => {
      const next = body(i as tf.Scalar, current);
      // Here, where the carry has no place in another one; afterwards it is what came in.
      nextCarry(carried, next, caller);
      return [tf.add(i, tf.scalar(1, "int32")), next as C];
    },
  }[name]!;
  try {
    const [i, last] = whileAs(caller, goesOn, turn, [first, init], [init]);
    i.dispose();
    return last;
  } finally {
    if (first !== lower) first.dispose();
    if (end !== upper) end.dispose();
  }
}

function isIndex(bound: unknown): boolean {
  return bound instanceof tf.Tensor && bound.rank === 0 && bound.dtype === "int32";
}

function asIndex(bound: number | tf.Tensor): tf.Tensor {
  return typeof bound === "number" ? tf.scalar(bound, "int32") : bound;
}
