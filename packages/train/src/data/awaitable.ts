/** @file Values that are there at once where they can be, and promised where they cannot. */

/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>;

/** Whether a value has to be waited for. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** `fn` of the value, at once where it is there. */
export function after<T, U>(value: Awaitable<T>, fn: (value: T) => Awaitable<U>): Awaitable<U> {
  return isPromise(value) ? Promise.resolve(value).then(fn) : fn(value);
}

/** Waits for a promise, but not longer than some milliseconds; a failure that comes later is not told. */
export async function atMost(promise: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
