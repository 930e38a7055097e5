/** @file How notebooks show nodes. */
import { Pytree } from "../module/pytree.ts";
import { mimeBundle } from "./html.ts";

/** The part of Deno's notebook kernel that shows values; there only in notebooks. */
export interface Notebook {
  display(value: object): Promise<void>;
}

/** What the kernel looks for in a value, such as the last one of a cell. */
const DISPLAY = Symbol.for("Jupyter.display");

// Not a method in the class, so that a bundle without `display` has no HTML in it. Where modules are not bundled, as
// in notebooks, this one is loaded with the package.
Object.defineProperty(Pytree.prototype, DISPLAY, {
  value(this: Pytree) {
    return mimeBundle(this);
  },
  configurable: true,
  writable: true,
});

/** Shows the tree of `value` in `notebook`. */
export function show(notebook: Notebook, value: unknown): void {
  // The tree as it is now, not as it is when the notebook gets to it.
  const bundle = mimeBundle(value);
  notebook.display({ [DISPLAY]: () => bundle }).catch(console.error);
}
