/** @file Checks that what has to be a shape is one: callers without types. */

/** @throws Error for what is no list of numbers, on behalf of `caller` */
export function assertShape(shape: unknown, caller: string, repair: string): void {
  if (Array.isArray(shape) && shape.every((size) => typeof size === "number")) return;
  // oxlint-disable-next-line typescript/no-base-to-string -- what is no object has a text of its own
  const found = typeof shape === "object" && shape !== null ? JSON.stringify(shape) : String(shape);
  throw new Error(`${caller}: expected a shape, such as [2, 3], got ${found}. Write ${repair}.`);
}
