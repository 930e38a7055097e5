/** @file Prints nodes. */
import { renderTree } from "./render.ts";

/**
 * Prints the tree of each value to the console: classes, shapes, counts, bytes and modes. Values of tensors are
 * never read.
 *
 * @see flax.nnx.display
 */
export function display(...values: unknown[]): void {
  for (const value of values) console.log(renderTree(value));
}
