/** @file Refuses numbers that JavaScript draws at random: a trace would make constants of them. */
import { UntraceableError } from "./errors.ts";
import { currentSource } from "./source.ts";

/**
 * From here on `Math.random`, by which TensorFlow.js seeds everything that is random, is an error; gives the function
 * that allows it again. With a seed of their own those operations give the same numbers in each call, and may run.
 */
export function forbidRandomness(caller: string): () => void {
  const { random } = Math;
  Math.random = () => {
    throw new UntraceableError(
      caller,
      currentSource(),
      `expected code that gives the same result for the same arguments, found random numbers drawn{at}: they would ` +
        `be those of the first call for ever. Draw them from an Rngs of @nnx-js/nn (rngs.normal([2, 3])), ` +
        `or outside, and pass them in.`,
    );
  };
  return () => {
    Math.random = random;
  };
}
