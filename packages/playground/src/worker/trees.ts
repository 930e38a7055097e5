/** @file Views as trees that a page can draw. */
import {
  childrenOf,
  classNameOf,
  isVariable,
  type Key,
  kindOf,
  type Parent,
  type Variable,
} from "@nnx-js/nn";
import type { TreeNode } from "../protocol/events.ts";
import { modesOf } from "./modes.ts";

/** Numbers Variables: views that share one give it the same number. */
export class VariableNumbers {
  private readonly numbers = new WeakMap<Variable, number>();
  private count = 0;

  of(variable: Variable): number {
    const known = this.numbers.get(variable);
    if (known !== undefined) return known;
    this.numbers.set(variable, ++this.count);
    return this.count;
  }
}

/**
 * What is below `root`: modules, containers and Variables, each under every path that leads to it.
 *
 * @param fixed names of modes that nobody can change
 */
export function treeOf(root: Parent, numbers: VariableNumbers, fixed: readonly string[]): TreeNode {
  return nodeAt(root, [], { numbers, fixed });
}

interface Scene {
  readonly numbers: VariableNumbers;
  readonly fixed: readonly string[];
}

function nodeAt(value: unknown, path: readonly Key[], scene: Scene): TreeNode {
  const place = { path: path.join("."), name: String(path.at(-1) ?? "") };
  if (isVariable(value)) {
    const array = `${value.dtype}[${value.shape.join(", ")}]`;
    const shared = scene.numbers.of(value);
    return { ...place, className: value.constructor.name, array, shared, modes: [], children: [] };
  }
  const node = value as Parent;
  const children = inOrder(node)
    .filter(([, child]) => ["pytree", "variable", "container"].includes(kindOf(child)))
    .map(([key, child]) => nodeAt(child, [...path, key], scene));
  return { ...place, className: classNameOf(node), modes: modesOf(node, scene.fixed), children };
}

/** As the constructor has set them: layers stand in the order in which they work. */
function inOrder(node: Parent): [Key, unknown][] {
  const children = childrenOf(node);
  if (Array.isArray(node) || node instanceof Map) return children;
  const order = Object.keys(node);
  return children.sort(([a], [b]) => order.indexOf(String(a)) - order.indexOf(String(b)));
}
