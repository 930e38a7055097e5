/** @file The structure of a node without its data, and how a node is made from it again. */
import * as tf from "@tensorflow/tfjs-core";
import { AbstractStore } from "../variable/store.ts";
import { ownedVariable, type Variable, type VariableMetadata, withStore } from "../variable/variable.ts";
import { childrenOf, type Parent, setChild } from "./children.ts";
import { assertCopyable } from "./copyable.ts";
import { type ArrayType, assertNone, compareTypes, noDifferences } from "./fit.ts";
import { HOLDS_OTHERS } from "./holds-others.ts";
import {
  assertDepth,
  isContainer,
  isPytree,
  isVariable,
  type Key,
  type Kind,
  kindOf,
  type Path,
} from "./kinds.ts";
import { PlainHolders } from "./plain-holders.ts";
import { type State, type StateEntry, type StateLeaf } from "./state.ts";
import { appendStatic, sameStatic } from "./static.ts";

/** An attribute: a static value, or the number of a node or leaf. */
type Attribute = { readonly static: unknown } | { readonly node: number } | { readonly leaf: number };

/** A node: its class (or the sort of container), its attributes, and own properties that are no children. */
interface NodeDef {
  readonly prototype: object | null;
  readonly container: "array" | "map" | "object" | undefined;
  readonly attributes: readonly (readonly [Key, Attribute])[];
  readonly hidden: readonly (readonly [PropertyKey, PropertyDescriptor])[];
}

/** A leaf: where it stands first, and what it is. */
interface LeafDef {
  readonly path: Path;
  readonly variable: Variable | undefined;
  /** The metadata at the time. */
  readonly metadata: VariableMetadata | undefined;
  /** Shape and dtype at the time. */
  readonly type: ArrayType;
}

/**
 * The static part of a node: classes, structure, sharing, and static attributes such as modes. Two views of a
 * model with the same modes have equal definitions; a train and an eval view have not.
 *
 * @see flax.nnx.GraphDef
 */
export class GraphDef<T = unknown> {
  static readonly name: string = "GraphDef";
  /** The type of what is merged from it. */
  declare readonly type: T;
  /** @internal */
  readonly root: Attribute;
  /** @internal */
  readonly nodes: readonly NodeDef[];
  /** @internal */
  readonly leaves: readonly LeafDef[];

  /** @internal `split` and `graphdef` make them. */
  constructor(root: Attribute, nodes: readonly NodeDef[], leaves: readonly LeafDef[]) {
    this.root = root;
    this.nodes = nodes;
    this.leaves = leaves;
  }

  /**
   * Whether `other` has the same classes, structure, sharing, static values and metadata of Variables; functions
   * compare by identity.
   */
  equals(other: GraphDef): boolean {
    return (
      sameAttribute(this.root, other.root) &&
      this.nodes.length === other.nodes.length &&
      this.leaves.length === other.leaves.length &&
      this.nodes.every((node, i) => sameNode(node, other.nodes[i]!)) &&
      this.leaves.every((leaf, i) => sameLeaf(leaf, other.leaves[i]!))
    );
  }

  /**
   * What {@link equals} compares, in a row: two definitions whose rows have equal parts (`Object.is`) are equal.
   *
   * @internal
   */
  signature(): unknown[] {
    const parts: unknown[] = [];
    appendAttribute(this.root, parts);
    parts.push(this.nodes.length, this.leaves.length);
    for (const { prototype, container, attributes } of this.nodes) {
      parts.push(prototype, container, attributes.length);
      for (const [key, attribute] of attributes) {
        parts.push(key);
        appendAttribute(attribute, parts);
      }
    }
    for (const { variable, metadata } of this.leaves) {
      parts.push(variable?.constructor);
      appendStatic(metadata, parts);
    }
    return parts;
  }

  /** @internal What it holds is part of a model elsewhere, or of none. */
  get [HOLDS_OTHERS](): "GraphDef" {
    return "GraphDef";
  }

  /** The classes, paths and static attributes of the graph. */
  toString(): string {
    return `GraphDef(${this.nodes.length} nodes, ${this.leaves.length} leaves)`;
  }
}

function sameAttribute(a: Attribute, b: Attribute): boolean {
  if ("static" in a) return "static" in b && sameStatic(a.static, b.static);
  if ("node" in a) return "node" in b && a.node === b.node;
  return "leaf" in b && a.leaf === b.leaf;
}

function appendAttribute(attribute: Attribute, parts: unknown[]): void {
  if ("node" in attribute) parts.push("node", attribute.node);
  else if ("leaf" in attribute) parts.push("leaf", attribute.leaf);
  else {
    parts.push("static");
    appendStatic(attribute.static, parts);
  }
}

function sameNode(a: NodeDef, b: NodeDef): boolean {
  return (
    a.prototype === b.prototype &&
    a.container === b.container &&
    a.attributes.length === b.attributes.length &&
    a.attributes.every(([key, attribute], i) => {
      const [otherKey, other] = b.attributes[i]!;
      return key === otherKey && sameAttribute(attribute, other);
    })
  );
}

function sameLeaf(a: LeafDef, b: LeafDef): boolean {
  return a.variable?.constructor === b.variable?.constructor && sameStatic(a.metadata, b.metadata);
}

/** Takes `root` apart: its definition and its leaves, each under its first path. */
export function flatten<T>(root: T): [GraphDef<T>, StateEntry[]] {
  const nodes: NodeDef[] = [];
  const leaves: LeafDef[] = [];
  const entries: StateEntry[] = [];
  const known = new Map<unknown, Attribute>();
  const holders = new PlainHolders();

  function leaf(path: Path, value: StateLeaf): Attribute {
    const variable = isVariable(value) ? value : undefined;
    const { shape, dtype } = value;
    leaves.push({ path, variable, metadata: variable?.metadata, type: { shape, dtype } });
    entries.push([path, value]);
    return { leaf: leaves.length - 1 };
  }

  function visit(value: unknown, path: Path): Attribute {
    const kind: Kind = kindOf(value);
    if (kind === "static") {
      holders.note(path, value);
      return { static: value };
    }
    assertDepth(path, "split");
    if (kind === "tensor") return leaf(path, value as tf.Tensor);
    const seen = known.get(value);
    if (seen) return seen;
    if (kind === "variable") {
      const attribute = leaf(path, value as Variable);
      known.set(value, attribute);
      return attribute;
    }
    const node = value as Parent;
    if (isPytree(node)) assertCopyable(node, path);
    const attribute = { node: nodes.length };
    known.set(value, attribute);
    // Holds the number; the attributes are known only after the children were visited.
    nodes.push(undefined as unknown as NodeDef);
    const attributes = childrenOf(node).map(([key, child]) => [key, visit(child, [...path, key])] as const);
    nodes[attribute.node] = { ...shellOf(node), attributes };
    return attribute;
  }

  const attribute = visit(root, []);
  holders.assertNone(root, known);
  return [new GraphDef<T>(attribute, nodes, leaves), entries];
}

function shellOf(node: Parent): Pick<NodeDef, "prototype" | "container" | "hidden"> {
  const prototype = Object.getPrototypeOf(node) as object | null;
  if (isContainer(node)) {
    return {
      prototype,
      container: Array.isArray(node) ? "array" : node instanceof Map ? "map" : "object",
      hidden: [],
    };
  }
  const hidden = Reflect.ownKeys(node)
    .map((key) => [key, Object.getOwnPropertyDescriptor(node, key)!] as const)
    .filter(([key, property]) => typeof key === "symbol" || !property.enumerable || !("value" in property));
  return { prototype, container: undefined, hidden };
}

/** How {@link unflatten} takes leaves. */
export interface UnflattenOptions {
  /** Whether leaves must have the shapes and dtypes that those of the definition had. */
  checksTypes: boolean;
  /** Whether all must be given; otherwise Variables without a value stand for those that are not. */
  strict: boolean;
}

/**
 * Makes the node that `graphdef` describes, with the given leaves.
 *
 * @throws GraphStructureError, ShapeMismatchError or DtypeError that names all leaves which are missing, have no place
 *   or are of another type
 */
export function unflatten<T>(
  graphdef: GraphDef<T>,
  states: readonly State[],
  { checksTypes, strict }: UnflattenOptions,
): T {
  const given = new Map(
    states.flatMap((state) => state.entries).map(([path, leaf]) => [JSON.stringify(path), leaf]),
  );
  const expected = graphdef.leaves.map(({ path }) => JSON.stringify(path));
  const others = new Set(given.keys());
  for (const path of expected) others.delete(path);
  // A name may stand for the index of the same spelling, and the other way round: dictionaries have names only.
  const spelt = new Map([...others].map((path) => [spelling(path), path]));
  const found = expected.map((path) => {
    if (given.has(path)) return given.get(path);
    const other = spelt.get(spelling(path));
    if (other === undefined || !others.delete(other)) return undefined;
    return given.get(other);
  });
  const differences = noDifferences();
  differences.unknown.push(...[...others].map((path) => JSON.parse(path) as Path));
  for (const [i, { path, variable, type }] of graphdef.leaves.entries()) {
    const leaf = found[i];
    if (leaf === undefined && (strict || !variable)) differences.missing.push(path);
    // The definition's own Variable fits, whatever its value is by now.
    if (leaf && leaf !== variable && checksTypes) compareTypes(path, type, leaf, differences);
  }
  assertNone(differences, () => ({
    head: `merge: expected ${expected.length} leaves, got ${given.size}.`,
    repair:
      "Give every State that split returned: merge(graphdef, ...states)" +
      (differences.missing.length > 0 ? ", or { strict: false } as the last argument." : "."),
    known: graphdef.leaves.map(({ path }) => path),
  }));

  const made: unknown[] = [];
  const leaves = graphdef.leaves.map((def, i) => asLeaf(def, found[i]));

  function build(attribute: Attribute): unknown {
    if ("static" in attribute) return attribute.static;
    if ("leaf" in attribute) return leaves[attribute.leaf];
    if (made[attribute.node] !== undefined) return made[attribute.node];
    const { prototype, container, attributes, hidden } = graphdef.nodes[attribute.node]!;
    const node: Parent =
      container === "array"
        ? []
        : container === "map"
          ? new Map<Key, unknown>()
          : (Object.create(prototype) as Parent);
    made[attribute.node] = node;
    for (const [key, descriptor] of hidden) Object.defineProperty(node, key, descriptor);
    for (const [key, child] of attributes) setChild(node, key, build(child));
    return node;
  }

  // The definition was made from a T.
  return build(graphdef.root) as T;
}

/** A path written as JSON, without the difference between indices and names. */
function spelling(path: string): string {
  return JSON.stringify((JSON.parse(path) as Path).map(String));
}

/** A tensor given for a Variable becomes a Variable of the class that was there, nothing one without a value. */
function asLeaf({ variable, type }: LeafDef, leaf: StateLeaf | undefined): StateLeaf {
  if (!variable) return leaf!;
  if (!leaf) return withStore(variable, new AbstractStore(type.shape, type.dtype));
  return isVariable(leaf) ? leaf : ownedVariable(variable, leaf.clone());
}
