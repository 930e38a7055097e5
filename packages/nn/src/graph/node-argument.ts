/** @file Checks that what is taken apart or copied may hold something: callers without types. */
import { GraphStructureError } from "../errors.ts";

/** @throws GraphStructureError for a primitive or a function, on behalf of `caller` */
export function assertNode(node: unknown, caller: string): void {
  if (typeof node === "object" && node !== null) return;
  const found = typeof node === "function" ? `the function ${node.name}` : String(node);
  throw new GraphStructureError(
    `${caller}: expected a Module, or an array or object of Modules, got ${found}. Write ${caller}(model).`,
  );
}
