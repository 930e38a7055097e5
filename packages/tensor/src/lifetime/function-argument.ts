/** @file Checks that what has to be a function is one: callers without types. */

/** Something else than a function was given to `scope` or `noGradient`. */
export class FunctionArgumentError extends Error {
  static override readonly name: string = "FunctionArgumentError";
  override readonly name = "FunctionArgumentError";
  constructor(caller: string, found: unknown) {
    const isObject = typeof found === "object" && found !== null;
    // oxlint-disable-next-line typescript/no-base-to-string -- what is no object has a text of its own
    const what = isObject ? `a ${found.constructor?.name ?? "plain object"}` : String(found);
    super(`${caller}: expected a function, found ${what}. Write ${caller}(() => …).`);
  }
}

/** @throws FunctionArgumentError */
export function assertFunction(fn: unknown, caller: string): void {
  if (typeof fn !== "function") throw new FunctionArgumentError(caller, fn);
}
