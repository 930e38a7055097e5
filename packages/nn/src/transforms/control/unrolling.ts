/** @file Whether loops may be recorded with several turns as one, which those who count turns do not want. */

let isAllowed = true;

/** Runs `fn`, in which each turn is one of its own. */
export function withoutUnrolling<T>(fn: () => T): T {
  const outer = isAllowed;
  isAllowed = false;
  try {
    return fn();
  } finally {
    isAllowed = outer;
  }
}

/** How many turns of a loop become one. */
export function turnsAtOnce(unroll: number | boolean): number {
  if (!isAllowed || unroll === false) return 1;
  return unroll === true ? Infinity : unroll;
}
