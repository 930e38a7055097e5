/** @file Checks that what has to be a function is one: callers without types. */
import { InvalidArgumentError } from "./errors.ts";
import { isPytree } from "./graph/kinds.ts";

/**
 * Checks that `fn` is a function.
 *
 * @param caller the function that was given it, to name in the error
 * @param repair a call as it should be
 * @throws InvalidArgumentError
 */
export function assertFunction(fn: unknown, caller: string, repair: string): void {
  if (typeof fn === "function") return;
  const found = isPytree(fn)
    ? `a ${fn.constructor.name}`
    : fn === null
      ? "null"
      : typeof fn === "object"
        ? "an object"
        : JSON.stringify(fn);
  throw new InvalidArgumentError(`${caller}: expected a function, got ${found}. Write ${repair}.`);
}
