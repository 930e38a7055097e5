/** @file Which rows of the two trees hold the same weights. */
import type { TreeNode, ViewTrees } from "../../protocol/events.ts";

/** A line between two rows: what they hold is one and the same. */
export interface Join {
  /** The row of the training view, by the path of its node. */
  readonly from: string;
  /** The row of the evaluation view. */
  readonly to: string;
  /** Numbers of the weights that these rows stand for: several where a row is closed. */
  readonly shared: readonly number[];
}

/** The row under which each weight is seen: its own, or that of the outermost closed module around it. */
function rowsOf(root: TreeNode, closed: ReadonlySet<string>): Map<number, Set<string>> {
  const rows = new Map<number, Set<string>>();
  const walk = (node: TreeNode, closedRow: string | undefined) => {
    const row = closedRow ?? node.path;
    if (node.shared !== undefined) {
      const known = rows.get(node.shared);
      if (known) known.add(row);
      else rows.set(node.shared, new Set([row]));
    }
    const below = closedRow ?? (closed.has(node.path) ? node.path : undefined);
    for (const child of node.children) walk(child, below);
  };
  walk(root, undefined);
  return rows;
}

/** One join for each pair of rows; a weight that has several paths is joined from all to all. */
export function joinsOf(trees: ViewTrees, closed: ReadonlySet<string>): Join[] {
  const evalRows = rowsOf(trees.eval, closed);
  const joins = new Map<string, { from: string; to: string; shared: number[] }>();
  for (const [shared, rows] of rowsOf(trees.train, closed)) {
    for (const from of rows) {
      for (const to of evalRows.get(shared) ?? []) {
        const key = JSON.stringify([from, to]);
        const join = joins.get(key);
        if (join) join.shared.push(shared);
        else joins.set(key, { from, to, shared: [shared] });
      }
    }
  }
  return [...joins.values()];
}
