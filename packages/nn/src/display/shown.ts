/** @file How nodes show themselves: what draws their trees comes with the first backend, for pages that never print. */
import { loadWithBackend } from "@nnx-js/tensor";
import { classNameOf } from "../class-name.ts";

let render: ((node: object) => string) | undefined;

/** Has nodes be shown by `renderer`. */
export function provideRenderer(renderer: (node: object) => string): void {
  render = renderer;
}

loadWithBackend("*", async () => {
  render ??= (await import("./render.ts")).renderTree;
});

/** The tree of a node as text, or its class alone where nothing that draws it has come. */
export function shown(node: object): string {
  return render?.(node) ?? `${classNameOf(node)} { … }`;
}
