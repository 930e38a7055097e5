/** @file Shows nodes. */
import { type Notebook, show } from "./notebook.ts";
import { renderTree } from "./render.ts";
import { provideRenderer } from "./shown.ts";

/**
 * Shows the tree of each value: classes, shapes, counts, bytes and modes. In a notebook of Deno it is HTML whose
 * nodes open and close by a click, elsewhere text on the console. Values of tensors are never read.
 *
 * A node that is the last value of a notebook's cell shows itself likewise.
 *
 * @see flax.nnx.display
 */
export function display(...values: unknown[]): void {
  provideRenderer(renderTree);
  const { Deno } = globalThis as { Deno?: { jupyter?: Notebook } };
  const notebook = Deno?.jupyter;
  for (const value of values) {
    if (notebook) show(notebook, value);
    else console.log(renderTree(value));
  }
}
