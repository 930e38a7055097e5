/** @file What the class of an object is called. */

/** The name of the class of an object, whatever attributes it has. */
export function classNameOf(value: object): string {
  const prototype = Object.getPrototypeOf(Object(value)) as { constructor?: { name?: unknown } } | null;
  const name = prototype?.constructor?.name;
  return typeof name === "string" ? name : "Object";
}
