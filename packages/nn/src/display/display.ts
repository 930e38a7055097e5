/** @file Shows nodes. */
import { mimeBundle } from "./html.ts";
import { renderTree } from "./render.ts";

/** The part of Deno's notebook kernel that shows values; there only in notebooks. */
interface Notebook {
  display(value: object): Promise<void>;
}

/**
 * Shows the tree of each value: classes, shapes, counts, bytes and modes. In a notebook of Deno it is HTML whose
 * nodes open and close by a click, elsewhere text on the console. Values of tensors are never read.
 *
 * A node that is the last value of a notebook's cell shows itself likewise.
 *
 * @see flax.nnx.display
 */
export function display(...values: unknown[]): void {
  const { Deno } = globalThis as { Deno?: { jupyter?: Notebook } };
  const notebook = Deno?.jupyter;
  for (const value of values) {
    if (notebook) show(notebook, value);
    else console.log(renderTree(value));
  }
}

function show(notebook: Notebook, value: unknown): void {
  // The tree as it is now, not as it is when the notebook gets to it.
  const bundle = mimeBundle(value);
  notebook.display({ [Symbol.for("Jupyter.display")]: () => bundle }).catch(console.error);
}
