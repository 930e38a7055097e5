/** @file Which parameters a transformation concerns. */
import { formatPath, GraphStructureError, type Path } from "@nnx-js/nn";
import type { Tree, TreeOf } from "../tree.ts";

/** Booleans shaped as the parameters; one boolean may stand for a whole subtree. */
export type MaskTree = TreeOf<boolean>;

/** A tree of booleans, or a function from the parameters to one. @see optax.masked */
export type Mask = MaskTree | ((params: Tree) => MaskTree);

/** A mask that stays as it is now. */
export function frozenMask(mask: Mask): Mask {
  return typeof mask === "function" ? mask : frozenTree(mask);
}

function frozenTree(mask: MaskTree): MaskTree {
  if (typeof mask !== "object" || mask === null) return mask;
  if (Array.isArray(mask)) return Object.freeze((mask as readonly MaskTree[]).map(frozenTree));
  const entries = Object.entries(mask as Readonly<Record<string, MaskTree>>);
  return Object.freeze(Object.fromEntries(entries.map(([name, child]) => [name, frozenTree(child)])));
}

/**
 * Whether `mask` selects the parameter at `path`.
 *
 * @throws GraphStructureError when the mask says nothing about it
 */
export function isSelected(mask: MaskTree, path: Path): boolean {
  let node: unknown = mask;
  for (const key of path) {
    if (typeof node !== "object" || node === null) break;
    node = Object.hasOwn(node, key) ? (node as Record<string | number, unknown>)[key] : undefined;
  }
  if (typeof node === "boolean") return node;
  throw new GraphStructureError(
    `mask: expected true or false for ${formatPath(path)}, got ${node === undefined ? "nothing" : typeof node}. ` +
      `Make the mask from the parameters: mask: (params) => treeMapWithPath((path) => path.at(-1) === "kernel", params).`,
  );
}
