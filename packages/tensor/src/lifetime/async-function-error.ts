/** @file The error for an asynchronous function where only a synchronous one can work. */

/** An `async` function was given to `scope`, `stopGradient` or `runAbstract`. */
export class AsyncFunctionError extends Error {
  static override readonly name: string = "AsyncFunctionError";
  override readonly name = "AsyncFunctionError";
  constructor(caller: string, result: PromiseLike<unknown>) {
    super(
      `${caller}: expected a synchronous function, found one that returns a promise. ` +
        `Await first, then call ${caller}(() => …) with what you got.`,
    );
    // Nobody else will see the promise; its own failure must not end the process as unhandled.
    Promise.resolve(result).catch(() => {});
  }

  /** Whether a function's result shows that it was asynchronous. */
  static isPromise(result: unknown): result is PromiseLike<unknown> {
    return (
      typeof result === "object" && result !== null && "then" in result && typeof result.then === "function"
    );
  }
}
