/** @file Which modules of the trees are closed. */
import { signal } from "@preact/signals";
import type { TreeNode } from "../../protocol/events.ts";

/** Paths of closed modules, in both trees: rows stay next to each other. */
export const closed = signal<ReadonlySet<string>>(new Set());

/** Opens or closes a module in both trees. */
export function toggle(path: string): void {
  const next = new Set(closed.value);
  if (!next.delete(path)) next.add(path);
  closed.value = next;
}

/** More rows than this are too many at first sight. */
const MOST_ROWS = 26;

/**
 * What is closed at first: in a large tree, modules without modes, the innermost first, then the later ones of equal
 * siblings. The root stays open.
 */
export function closedAtFirst(root: TreeNode, most = MOST_ROWS): Set<string> {
  const result = new Set<string>();
  const modules = modulesBelow(root, 0).sort((a, b) => b.depth - a.depth);
  for (const { node } of modules) {
    if (result.has(node.path) || hasModes(node)) continue;
    if (rowCount(root, result) <= most) return result;
    // All that are alike, so that one sees that they are.
    for (const other of modules) {
      const isAlike = other.node.className === node.className && other.node.name === node.name;
      if (isAlike && !hasModes(other.node)) result.add(other.node.path);
    }
  }
  for (const { node } of modules.filter(({ isRepeated }) => isRepeated).sort((a, b) => a.depth - b.depth)) {
    if (rowCount(root, result) <= most) break;
    result.add(node.path);
  }
  return result;
}

interface Found {
  readonly node: TreeNode;
  readonly depth: number;
  /** Its siblings before it have the same class. */
  readonly isRepeated: boolean;
}

function modulesBelow(parent: TreeNode, depth: number): Found[] {
  return parent.children.flatMap((node, index) => {
    if (node.children.length === 0) return [];
    const isRepeated = index > 0 && parent.children[index - 1]!.className === node.className;
    return [{ node, depth, isRepeated }, ...modulesBelow(node, depth + 1)];
  });
}

function hasModes(node: TreeNode): boolean {
  return node.modes.length > 0 || node.children.some(hasModes);
}

function rowCount(node: TreeNode, closed: ReadonlySet<string>): number {
  if (closed.has(node.path)) return 1;
  return node.children.reduce((sum, child) => sum + rowCount(child, closed), 1);
}
