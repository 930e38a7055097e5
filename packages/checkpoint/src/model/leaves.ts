/** @file The leaves of a model that are saved and loaded, and how each is written. */
import {
  childrenOf,
  evalShape,
  type Filter,
  formatPath,
  InvalidArgumentError,
  isVariable,
  iterGraph,
  type Key,
  kindOf,
  type Parent,
  type Path,
  setChild,
  type ShapeDtype,
  State,
  state,
  type StateLeaf,
  toPredicate,
  Variable,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { isContainer, isParent } from "./containers.ts";
import { nameOf } from "./names.ts";

/** A leaf of a model: a Variable, a tensor, or the shape of one that `evalShape` did not compute. */
export interface Leaf {
  /** Where it stands. */
  readonly path: Path;
  /** The Variable or tensor; an abstract Variable in place of a shape. */
  readonly value: StateLeaf;
  /** Whether it has no value yet. */
  readonly isAbstract: boolean;
  /** Whether the option `only` selects it. */
  readonly isSelected: boolean;
  /** Gives it a value, which it takes over; answers how to take that back, but for Variables: transactions do that. */
  write(value: tf.Tensor): (() => void) | undefined;
}

/**
 * All leaves of `node`, sorted by path, each Variable once, under its first path.
 *
 * @param only selects those that are to be saved or loaded
 * @throws InvalidArgumentError for a single leaf, what cannot hold any, two of the same name, and a filter that selects
 *   nothing, on behalf of `caller`
 */
export function leavesOf(node: unknown, only: Filter, caller: string): Leaf[] {
  assertObject(node, caller);
  const found = new Map<StateLeaf | string, Omit<Leaf, "isSelected">>();
  const add = (path: Path, value: StateLeaf, write?: Leaf["write"]) => {
    if (isVariable(value)) {
      if (found.has(value)) return;
      found.set(value, {
        path,
        value,
        isAbstract: value.isAbstract,
        write(next) {
          value.value = next;
          return undefined;
        },
      });
    } else if (write) found.set(JSON.stringify(path), { path, value, isAbstract: false, write });
  };
  for (const [path, value] of state(node)) add(path, value, childWriter(node, path));
  const seen = new Set<unknown>();
  for (const [path, value] of iterGraph(node)) {
    if (value instanceof State) {
      for (const [below, leaf] of value) {
        add([...path, ...below], leaf, (next) => {
          value.set(below, next);
          return () => void value.set(below, leaf);
        });
      }
    } else if (kindOf(value) === "static") {
      for (const [at, { shape, dtype }] of shapesIn(path, value, seen)) {
        const abstract = evalShape(() => new Variable(tf.zeros([...shape], dtype)));
        found.set(JSON.stringify(at), {
          path: at,
          value: abstract,
          isAbstract: true,
          write: childWriter(node, at),
        });
      }
    }
  }
  const selects = toPredicate(only);
  // Sorted, and no two at one place.
  const places = new Map([...found.values()].map((leaf) => [JSON.stringify(leaf.path), leaf]));
  const sorted = new State([...found.values()].map(({ path, value }) => [path, value])).entries;
  const leaves = sorted.map(([path, value]) => {
    return { ...places.get(JSON.stringify(path))!, isSelected: selects(path, value) };
  });
  assertLeaves(node, leaves, only, caller);
  return leaves;
}

/** How a plain tensor at `path` is replaced; the one that stood there is left to whoever else holds it. */
function childWriter(node: unknown, path: Path): Leaf["write"] {
  return (next) => {
    const key = path.at(-1)!;
    let parent = node as Parent;
    for (const step of path.slice(0, -1)) parent = childAt(parent, step) as Parent;
    const old = childAt(parent, key);
    if (Object.isFrozen(parent)) {
      throw new InvalidArgumentError(
        `expected a place for the tensor ${formatPath(path)}, got a frozen object, in which nothing can be replaced. ` +
          `Put it into a Variable, or leave it out by \`only\`.`,
      );
    }
    setChild(parent, key, next);
    return () => setChild(parent, key, old);
  };
}

function childAt(parent: Parent, key: Key): unknown {
  return childrenOf(parent).find(([other]) => other === key)?.[1];
}

const ABSTRACT = Symbol.for("@nnx-js/nn/abstract");

function isShapeDtype(value: unknown): value is ShapeDtype {
  return typeof value === "object" && value !== null && Object.hasOwn(value, ABSTRACT);
}

/** Of static values only: models are no deeper. */
const MAX_DEPTH = 1000;

/**
 * The shapes that `evalShape` left in `value`, at `path`, where tensors were to be: they are no leaves of the state.
 *
 * @param seen containers that are looked through already: what is shared counts once
 */
function shapesIn(path: Path, value: unknown, seen: Set<unknown>): [Path, ShapeDtype][] {
  if (isShapeDtype(value)) return [[path, value]];
  if (!isContainer(value) || seen.has(value) || path.length > MAX_DEPTH) return [];
  seen.add(value);
  return childrenOf(value).flatMap(([key, child]) => shapesIn([...path, key], child, seen));
}

function assertObject(node: unknown, caller: string): void {
  if (typeof node === "object" && node !== null) return;
  throw new InvalidArgumentError(
    `${caller}: expected a Module, or an array or object of Modules, got ${
      node === null || node === undefined ? String(node) : `a ${typeof node}`
    }. Write ${caller}(model, …).`,
  );
}

function assertLeaves(node: unknown, leaves: readonly Leaf[], only: Filter, caller: string): void {
  const argument = caller === "saveModel" ? "target" : "source";
  if (leaves.some(({ path }) => path.length === 0)) {
    throw new InvalidArgumentError(
      `${caller}: expected a model or a container, got a single ${isVariable(node) ? "Variable" : "tensor"}, which has ` +
        `no name. Give it one: ${caller}({ weights: variable }, ${argument}).`,
    );
  }
  const names = new Map<string, Path>();
  for (const { path } of leaves) {
    const name = nameOf(path);
    const other = names.get(name);
    if (other) {
      throw new InvalidArgumentError(
        `${caller}: expected one leaf of each name, got two named ${formatPath(path)}, one by an index and one by a ` +
          `text. Rename one.`,
      );
    }
    names.set(name, path);
  }
  if (leaves.length > 0 && !leaves.some(({ isSelected }) => isSelected)) {
    const kinds = new Set(leaves.map(({ value }) => (isVariable(value) ? value.constructor.name : "tensor")));
    throw new InvalidArgumentError(
      `${caller}: expected \`only\` to select something, got a filter that selects none of ${leaves.length} leaves ` +
        `(${[...kinds].join(", ")}). Filters are classes (Param), tags and predicates (path, variable) => boolean` +
        `${only === null ? ", null selects nothing" : ""}.`,
    );
  }
  if (leaves.length > 0 || isParent(node) || node instanceof State) return;
  throw new InvalidArgumentError(
    `${caller}: expected a Module, or an array or object of Modules, got ${(node as object).constructor.name}, in which ` +
      `nothing is seen. Write ${caller}({ model, optimizer }, ${argument}), and let classes of your own extend Module.`,
  );
}
