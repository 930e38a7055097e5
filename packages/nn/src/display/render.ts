/** @file The tree of a node as text. */
import { type Tree, treeOf } from "./tree.ts";

/** The tree of `root`, two spaces a level: see {@link treeOf}. */
export function renderTree(root: unknown): string {
  return render(treeOf(root), "");
}

function render({ name, open, close, note, children }: Tree, indent: string): string {
  const head = name ? `${name}: ${open}` : open;
  const comment = note ? ` # ${note}` : "";
  if (children.length === 0) return `${head}${close}${comment}`;
  const lines = children.map((child) => `${indent}  ${render(child, `${indent}  `)}`);
  return `${head}${comment}\n${lines.join("\n")}\n${indent}${close}`;
}
