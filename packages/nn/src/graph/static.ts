/** @file Equality of static values. */
import { isContainer } from "./kinds.ts";

/** Whether two static values are equal: containers by content, all else by `Object.is`. */
export function sameStatic(a: unknown, b: unknown, compared = new Map<object, object>()): boolean {
  if (Object.is(a, b)) return true;
  if (!isContainer(a) || !isContainer(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b))
    return false;
  // A container inside itself is equal as far as the rest is.
  if (compared.get(a) === b) return true;
  compared.set(a, b);
  const [left, right] = [entriesOf(a), entriesOf(b)];
  return (
    left.size === right.size &&
    [...left].every(([key, value]) => right.has(key) && sameStatic(value, right.get(key), compared))
  );
}

function entriesOf(container: object): Map<unknown, unknown> {
  return container instanceof Map ? container : new Map(Object.entries(container));
}
