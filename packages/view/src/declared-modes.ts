/** @file Finds the modes that the modules of a model declare. */
import { isPytree, iterGraph, type Located, type Pytree, type ViewOptions } from "@nnx-js/nn";

/** The `setView` method of a class. */
export type SetView = (this: Pytree, modes: Readonly<Record<string, unknown>>) => unknown;

/** What the class of a node says about its modes. */
interface DeclaredModes {
  readonly className: string;
  readonly setView: SetView | undefined;
  /** `undefined` when the class has no static `viewOptions`. */
  readonly options: ViewOptions | undefined;
}

/** A node with modes, or with half of what it needs to have some. */
export interface NodeWithModes extends DeclaredModes {
  readonly node: Pytree;
}

/** The nodes below `model` whose class has a `setView` or `viewOptions`, each under its first path, children first. */
export function nodesWithModes(model: unknown): Located<NodeWithModes>[] {
  const found: Located<NodeWithModes>[] = [];
  for (const [path, node] of iterGraph(model)) {
    if (!isPytree(node)) continue;
    const modes = declaredModes(node);
    if (modes.setView || modes.options) found.push([path, { node, ...modes }]);
  }
  return found;
}

// Both are looked up on the classes, never on the node: attributes and catch-all getters of a node are no modes.
function declaredModes(node: Pytree): DeclaredModes {
  const prototype = Object.getPrototypeOf(node) as object;
  const { constructor } = prototype;
  const options = "viewOptions" in constructor ? constructor.viewOptions : undefined;
  const isDeclaration = typeof options === "object" && options !== null;
  const setView = inheritedValue(prototype, "setView");
  return {
    className: constructor.name,
    setView: typeof setView === "function" ? (setView as SetView) : undefined,
    options: isDeclaration ? (options as ViewOptions) : undefined,
  };
}

function inheritedValue(prototype: object, name: string): unknown {
  for (let current: object | null = prototype; current !== null;) {
    const descriptor = Object.getOwnPropertyDescriptor(current, name);
    if (descriptor) return descriptor.value;
    current = Object.getPrototypeOf(current) as object | null;
  }
  return undefined;
}
