/** @file Goes through everything below a node. */
import { childrenOf, type Parent } from "./children.ts";
import { assertDepth, type Key, type Kind, kindOf, type Path } from "./kinds.ts";

/** Is told of each value; `path` is reused for the next one: copy it to keep it. */
export type Visitor = (path: Path, value: unknown, kind: Kind) => void;

/** Tells of everything below `root`; answers what has an identity. */
// A callback and one path for all: training steps walk the model several times each.
export function visit(root: unknown, visitor: Visitor): Set<unknown> {
  const seen = new Set<unknown>();
  const path: Key[] = [];
  function go(value: unknown): void {
    const kind = kindOf(value);
    if (kind !== "static" && kind !== "tensor") {
      if (seen.has(value)) return;
      seen.add(value);
    }
    if (kind === "pytree" || kind === "container") {
      assertDepth(path, "model");
      for (const [key, child] of childrenOf(value as Parent)) {
        path.push(key);
        go(child);
        path.pop();
      }
    }
    visitor(path, value, kind);
  }
  go(root);
  return seen;
}
