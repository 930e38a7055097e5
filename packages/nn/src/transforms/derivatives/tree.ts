/** @file Trees of arguments and results as flat lists of tensors, and what stands for their derivatives. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { cover, coverageOf } from "../../graph/coverage.ts";
import { iterVariables } from "../../graph/iterate.ts";
import { formatPath, isPytree, isVariable, type Path } from "../../graph/kinds.ts";
import { mapLeaves } from "../../graph/map-leaves.ts";
import { State, type StateLeaf } from "../../graph/state.ts";
import { borrowingVariable, type Variable } from "../../variable/variable.ts";

/** One leaf of a tree: which tensors of the flat list are its own. A class, so that trees of leaves can be walked. */
class Leaf {
  readonly original: unknown;
  /** Where each tensor stands below the leaf, and what holds it: a Variable, or itself. */
  readonly parts: readonly (readonly [path: Path, holder: StateLeaf])[];
  /** The index of the first of them. */
  readonly start: number;

  constructor(original: unknown, parts: Leaf["parts"], start: number) {
    this.original = original;
    this.parts = parts;
    this.start = start;
  }
}

/** A tree with its tensors in a row: those of the tree itself, of its States, and what Variables hold. */
export class Flat {
  readonly tensors: tf.Tensor[] = [];
  /** Which of them can be differentiated. */
  readonly isFloat: boolean[] = [];
  /** The Variables of Modules and States, with the index of their tensor. */
  readonly variables = new Map<Variable, number>();
  private readonly leaves: unknown;

  /**
   * @param isResult whether the tree is what a function gives: of its Modules, nothing is differentiated
   * @throws InvalidArgumentError for a Variable that stands in two arguments
   */
  constructor(tree: unknown, isResult = false) {
    this.leaves = mapLeaves(tree, (value) => {
      const leaf = new Leaf(value, partsOf(value, isResult), this.tensors.length);
      for (const [path, holder] of leaf.parts) {
        if (isVariable(holder) && !isResult) this.note(holder, path);
        const tensor = isVariable(holder) ? holder.value : holder;
        this.isFloat.push(tensor.dtype === "float32");
        // Of a result, each tensor stands for itself.
        this.tensors.push(isResult && this.tensors.includes(tensor) ? tf.clone(tensor) : tensor);
      }
      return leaf;
    });
  }

  /** What in a result is no tensor and has to be carried along: Modules that were made. */
  get others(): unknown[] {
    const others: unknown[] = [];
    this.each(({ original, parts }) => {
      if (parts.length === 0 && (isPytree(original) || isVariable(original))) others.push(original);
    });
    return others;
  }

  /** The tree with these tensors in the places of its own; Modules and Variables stay, see `variables`. */
  rebuilt(tensors: readonly tf.Tensor[]): unknown {
    return mapLeaves(this.leaves, (found) => {
      const { original, parts, start } = found as Leaf;
      if (original instanceof tf.Tensor) return tensors[start];
      if (!(original instanceof State)) return original;
      const entries = parts.map(([path, holder], i) => {
        const tensor = tensors[start + i]!;
        return [path, isVariable(holder) ? borrowingVariable(holder, tensor) : tensor] as const;
      });
      const others = original.entries.filter(([path]) => !parts.some(([own]) => own === path));
      return cover(new State([...entries, ...others]), coverageOf(original));
    });
  }

  /** The derivatives in the form of the tree: a tensor for a tensor, a State for a Module; undefined for what has none. */
  derivatives(tensors: readonly (tf.Tensor | undefined)[]): unknown {
    return mapLeaves(this.leaves, (found) => {
      const { original, parts, start } = found as Leaf;
      if (original instanceof tf.Tensor) return this.isFloat[start] ? tensors[start] : undefined;
      if (!isDifferentiated(original)) return undefined;
      const entries = parts.flatMap(([path, holder], i): (readonly [Path, StateLeaf])[] => {
        const tensor = tensors[start + i];
        if (!this.isFloat[start + i] || !tensor) return [];
        return [[path, isVariable(holder) ? borrowingVariable(holder, tensor) : tensor]];
      });
      return new State(entries);
    });
  }

  /** The tree with `blockOf` the index of a tensor in the place of each; a State becomes a Map from paths. */
  blocks(blockOf: (index: number) => unknown): unknown {
    return mapLeaves(this.leaves, (found) => {
      const { original, parts, start } = found as Leaf;
      if (original instanceof tf.Tensor) return blockOf(start);
      if (!(original instanceof State)) return undefined;
      return new Map(parts.map(([path], i) => [formatPath(path), blockOf(start + i)]));
    });
  }

  /**
   * The tensors of a tree of derivatives like those of {@link derivatives}; undefined for what is not given, which is
   * zero. A Module may stand where a State may.
   *
   * @param what how errors call them: `tangents`
   * @throws InvalidArgumentError where structure, shape or dtype differ
   */
  derivativesOf(tree: unknown, what: string): (tf.Tensor | undefined)[] {
    const found: (tf.Tensor | undefined)[] = this.tensors.map(() => undefined);
    this.match(this.leaves, tree, [], what, (leaf, value, path) => {
      if (value === undefined || value === null) return;
      const place = placeIn(what, path);
      if (leaf.original instanceof tf.Tensor) {
        found[leaf.start] = this.checked(leaf.start, value, place);
        return;
      }
      if (!isDifferentiated(leaf.original)) {
        throw new InvalidArgumentError(
          `${place}: expected undefined where there is no tensor to differentiate, found ${kindOf(value)}.`,
        );
      }
      const given = new Map(entriesOf(value, place).map(([below, holder]) => [formatPath(below), holder]));
      for (const [i, [below]] of leaf.parts.entries()) {
        const holder = given.get(formatPath(below));
        given.delete(formatPath(below));
        if (!holder || !this.isFloat[leaf.start + i]) continue;
        const tensor = isVariable(holder) ? holder.value : holder;
        found[leaf.start + i] = this.checked(
          leaf.start + i,
          tensor,
          `${what} at ${formatPath([...path, ...below])}`,
        );
      }
      const [unknown] = [...given].filter(([, holder]) => dtypeOf(holder) === "float32");
      if (unknown) {
        throw new InvalidArgumentError(
          `${place}: expected the Variables ${leaf.parts.map(([below]) => formatPath(below)).join(", ")}, found ${unknown[0]} as well.`,
        );
      }
    });
    return found;
  }

  private note(variable: Variable, path: Path): void {
    if (this.variables.has(variable)) {
      throw new InvalidArgumentError(
        `expected each Variable in one argument, found the one at ${formatPath(path)} in two. Close over one of the ` +
          `arguments; gradients of the other cover it.`,
      );
    }
    this.variables.set(variable, this.tensors.length);
  }

  private checked(index: number, value: unknown, place: string): tf.Tensor {
    const { shape, dtype } = this.tensors[index]!;
    const expected = this.isFloat[index]
      ? `float32 [${shape.join(", ")}]`
      : `undefined, as the tensor is ${dtype}`;
    if (!(value instanceof tf.Tensor) || !this.isFloat[index]) {
      throw new InvalidArgumentError(`${place}: expected ${expected}, found ${kindOf(value)}.`);
    }
    if (value.dtype === "float32" && tf.util.arraysEqual(value.shape, shape)) return value;
    throw new InvalidArgumentError(
      `${place}: expected ${expected}, found ${value.dtype} [${value.shape.join(", ")}].`,
    );
  }

  private match(
    leaves: unknown,
    tree: unknown,
    path: Path,
    what: string,
    each: (leaf: Leaf, value: unknown, path: Path) => void,
  ): void {
    if (leaves instanceof Leaf) {
      each(leaves, tree, path);
      return;
    }
    if (tree === undefined || tree === null) return;
    const [expected, found] = [childrenOf(leaves), childrenOf(tree)];
    const surplus = found && [...found.keys()].find((key) => !expected!.has(key));
    if (!found || surplus !== undefined || (Array.isArray(leaves) && found.size !== expected!.size)) {
      throw new InvalidArgumentError(
        `${placeIn(what, path)}: expected ${describe(leaves)} as in what is differentiated, found ${describe(tree)}.`,
      );
    }
    for (const [key, child] of expected!) this.match(child, found.get(key), [...path, key], what, each);
  }

  private each(visit: (leaf: Leaf) => void): void {
    mapLeaves(this.leaves, (leaf) => visit(leaf as Leaf));
  }
}

function placeIn(what: string, path: Path): string {
  return path.length === 0 ? what : `${what} at ${formatPath(path)}`;
}

function isDifferentiated(value: unknown): boolean {
  return value instanceof State || isPytree(value) || isVariable(value);
}

function partsOf(value: unknown, isResult: boolean): Leaf["parts"] {
  if (value instanceof tf.Tensor) return [[[], value]];
  if (value instanceof State) return value.entries;
  if (isResult || !isDifferentiated(value)) return [];
  return iterVariables(value).filter(([, { dtype, isFrozen }]) => dtype === "float32" && !isFrozen);
}

function entriesOf(value: unknown, place: string): readonly (readonly [Path, StateLeaf])[] {
  if (value instanceof State) return value.entries;
  if (isPytree(value) || isVariable(value)) return iterVariables(value);
  throw new InvalidArgumentError(`${place}: expected a State, found ${kindOf(value)}.`);
}

function dtypeOf(leaf: StateLeaf): string {
  return leaf.dtype;
}

function childrenOf(value: unknown): Map<string | number, unknown> | undefined {
  if (Array.isArray(value)) return new Map(value.entries());
  if (value instanceof Map) return value as Map<string | number, unknown>;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return undefined;
  return new Map(Object.entries(value));
}

/** Names what a tree holds, for errors. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const children = childrenOf(value);
  return children ? `{ ${[...children.keys()].join(", ")} }` : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value instanceof tf.Tensor) return `a ${value.dtype} tensor [${value.shape.join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `a ${(value.constructor as { name?: string } | undefined)?.name ?? "plain object"}`;
}
