/** @file The tree of a node as HTML, for notebooks. */
import { renderTree } from "./render.ts";
import { type Tree, treeOf } from "./tree.ts";

/** What a notebook may show, by media type. */
export interface MimeBundle {
  readonly "text/plain": string;
  readonly "text/html": string;
}

/** The tree of `root` as a notebook takes it. */
export function mimeBundle(root: unknown): MimeBundle {
  return { "text/plain": renderTree(root), "text/html": renderHtml(root) };
}

const STYLE = `
.nnx-tree { font: 13px/1.5 ui-monospace, monospace; }
.nnx-tree details > div, .nnx-tree .leaf { margin-left: 1.5em; }
.nnx-tree summary { cursor: pointer; }
.nnx-tree summary::marker { color: #888; }
.nnx-tree .name { color: #b5651d; }
.nnx-tree .value { white-space: pre-wrap; }
.nnx-tree .note { color: #888; }`;

/**
 * The tree of `root` as a piece of HTML that stands alone: nodes open and close by a click, without scripts. All
 * text is escaped.
 *
 * @param openLevels how many levels are open at first
 */
function renderHtml(root: unknown, { openLevels = 2 }: { openLevels?: number | undefined } = {}): string {
  return `<div class="nnx-tree"><style>${STYLE}</style>${render(treeOf(root), openLevels)}</div>`;
}

function render({ name, open, close, note, children }: Tree, openLevels: number): string {
  const head =
    span("name", name ? `${name}: ` : "") +
    span("value", children.length === 0 ? open + close : open) +
    span("note", note ? ` # ${note}` : "");
  if (children.length === 0) return `<div class="leaf">${head}</div>`;
  const below = children.map((child) => render(child, openLevels - 1)).join("");
  const state = openLevels > 0 ? " open" : "";
  return `<details${state}><summary>${head}</summary><div>${below}</div>${span("value", close)}</details>`;
}

function span(kind: string, text: string): string {
  return text && `<span class="${kind}">${escape(text)}</span>`;
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}
