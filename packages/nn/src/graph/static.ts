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

/** Appends what {@link sameStatic} compares in `value`: containers by their contents, in order. */
export function appendStatic(value: unknown, parts: unknown[], seen = new Map<object, number>()): void {
  const known = typeof value === "object" && value !== null ? seen.get(value) : undefined;
  if (known !== undefined) {
    parts.push("again", known);
    return;
  }
  if (!isContainer(value)) {
    parts.push("value", value);
    return;
  }
  seen.set(value, seen.size);
  const entries = entriesOf(value);
  parts.push("container", Object.getPrototypeOf(value), entries.size);
  for (const [key, child] of entries) {
    parts.push(key);
    appendStatic(child, parts, seen);
  }
}

function entriesOf(container: object): Map<unknown, unknown> {
  return container instanceof Map ? container : new Map(Object.entries(container));
}
