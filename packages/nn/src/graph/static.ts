/** @file Equality of static values. */
import { isContainer } from "./kinds.ts";

/** Whether two static values are equal: containers by content, all else by `Object.is`. */
export function sameStatic(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isContainer(a) || !isContainer(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b))
    return false;
  const [left, right] = [entriesOf(a), entriesOf(b)];
  return (
    left.size === right.size &&
    [...left].every(([key, value]) => right.has(key) && sameStatic(value, right.get(key)))
  );
}

function entriesOf(container: object): Map<unknown, unknown> {
  return container instanceof Map ? container : new Map(Object.entries(container));
}
