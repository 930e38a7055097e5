/** @file A loop with a condition has no gradient: how many turns it took is known only when they are over. */
import type * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import type { WhileAttrs } from "./kernels.ts";

/** The error for who asks for a gradient through `whileLoop`. */
export function whileGradientError(caller: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `${caller}: expected no gradient through it, found one: how many turns it takes depends on values, so what they ` +
      "computed is not kept. Use foriLoop with numbers for its bounds or scan, with a mask for turns that do not count " +
      "(tf.where(active, next, carry)), or differentiate up to the loop and after it.",
  );
}

/** Refuses. */
export const whileGradient: tf.GradFunc = (_dy, _saved, attrs) => {
  // Which attributes a kernel has is its contract with those who launch it.
  throw whileGradientError((attrs as unknown as WhileAttrs).caller);
};
