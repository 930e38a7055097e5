/** @file `update`: writes values into a node, in place. */
import { classNameOf } from "../class-name.ts";
import type * as tf from "@tensorflow/tfjs-core";
import { GraphStructureError, InvalidArgumentError, VariableValueError } from "../errors.ts";
import { transaction } from "../variable/transaction.ts";
import { copyVariable } from "../variable/variable.ts";
import { childOf, isIndexed, isParent, keyIn, type Parent, setChild } from "./children.ts";
import { BY_HAND, coverageOf, demandOf } from "./coverage.ts";
import { leavesOf } from "./dict-leaves.ts";
import type { Predicate } from "./filters.ts";
import { assertNone, compareTypes, type Differences, noDifferences } from "./fit.ts";
import { visitGraph } from "./iterate.ts";
import { formatPath, isContainer, isVariable, kindOf, type Path } from "./kinds.ts";
import type { PureDict } from "./pure-dict.ts";
import { State, type StateEntry, type StateLeaf } from "./state.ts";

/** What {@link update} writes: a State, or nested objects of tensors. */
export type Update = State | PureDict;

/** Options of {@link update}. */
export interface UpdateOptions {
  /**
   * Whether what is given must be whole. Default `true`. `false` lets values be missing, which then stay as they are;
   * names, shapes and dtypes have to fit all the same.
   */
  strict?: boolean | undefined;
}

/**
 * Writes values into `node`, in place: Variables keep identity and class, so that every view sees them. Values are
 * copied, metadata is not; the given states stay the caller's. The last argument may be options.
 *
 * ```ts
 * update(model, state(best));
 * update(model, { head: { bias } }, { strict: false }); // the other Params stay as they are
 * ```
 *
 * Names, shapes, dtypes and completeness are checked first, and an error names all that does not fit. A State that
 * was selected by a filter must have every leaf of `node` that the filter selects; one that was made by hand, and a
 * dictionary, every leaf of the kinds (`Param`, `BatchStat`, …) that it writes to. What `pop` took out is put back.
 *
 * Differs from Flax, which writes whatever it is given and adds what `node` does not have.
 *
 * @throws GraphStructureError, ShapeMismatchError, DtypeError or VariableValueError before anything is written
 * @see flax.nnx.update
 */
export function update(node: unknown, state: Update, ...states: Update[]): void;
export function update(
  node: unknown,
  state: Update,
  ...statesAndOptions: [...states: Update[], options: UpdateOptions]
): void;
export function update(node: unknown, ...args: (Update | UpdateOptions)[]): void {
  const last = args.at(-1);
  const { strict = true } = isOptions(last) ? last : {};
  // What is not options are states.
  const sources = (isOptions(last) ? args.slice(0, -1) : args) as Update[];
  assertTarget(node);
  const plan = new Plan(node);
  for (const source of sources) plan.add(source);
  const writes = plan.checked(strict);
  transaction(() => {
    for (const write of writes) write();
  });
}

function isOptions(value: unknown): value is UpdateOptions {
  if (!isContainer(value) || value instanceof Map || Array.isArray(value)) return false;
  const names = Object.keys(value);
  if (names.length !== 1 || names[0] !== "strict") return false;
  const { strict } = value as UpdateOptions;
  if (strict === undefined || typeof strict === "boolean") return true;
  if (isContainer(strict) || isVariable(strict) || typeof strict === "object") return false;
  throw new InvalidArgumentError(`update: expected true or false for strict, got ${typeof strict}.`);
}

/** Writes that are planned, and what speaks against them. */
class Plan {
  private readonly root: Parent;
  private readonly writes: (() => void)[] = [];
  private readonly differences: Differences = noDifferences();
  /** The leaves that are written, by what is there now. */
  private readonly written = new Set<unknown>();
  private readonly demands: Predicate[] = [];
  /** How many leaves are added to the end of an array or List. */
  private readonly appended = new Map<Parent, number>();

  constructor(root: Parent) {
    this.root = root;
  }

  add(source: Update): void {
    const targets: StateLeaf[] = [];
    const coverage = source instanceof State ? coverageOf(source) : BY_HAND;
    for (const entry of leavesOf("update", source)) {
      const target = this.addLeaf(entry, coverage.popped === true);
      if (target) targets.push(target);
    }
    this.demands.push(demandOf(coverage, targets));
  }

  /** The writes, if they all fit. */
  checked(strict: boolean): readonly (() => void)[] {
    const leaves = (): StateEntry[] =>
      visitGraph(this.root)
        .filter(([, , kind]) => kind === "variable" || kind === "tensor")
        .map(([path, leaf]) => [path, leaf as StateLeaf]);
    if (strict) {
      for (const [path, leaf] of leaves()) {
        const isDemanded = this.demands.some((demands) => demands(path, leaf));
        if (isDemanded && !this.written.has(leaf)) this.differences.missing.push(path);
      }
    }
    assertNone(this.differences, () => ({
      head: `update: what is given does not fit the model, ${classNameOf(this.root)}.`,
      repair:
        "Nothing was written. Give the State of a model with this structure" +
        (this.differences.missing.length > 0
          ? ", or leave what is missing as it is: update(model, state, { strict: false })."
          : "."),
      known: leaves().map(([path]) => path),
    }));
    return this.writes;
  }

  /** Plans the write of one leaf; answers what is there now. */
  private addLeaf([path, leaf]: StateEntry, popped: boolean): StateLeaf | undefined {
    if (path.length === 0) return this.misplaced(path, undefined, path);
    let parent: Parent = this.root;
    for (const [depth, key] of path.slice(0, -1).entries()) {
      const child = childOf(parent, keyIn(parent, key));
      if (isParent(child)) parent = child;
      else return this.misplaced(path, child, path.slice(0, depth + 1));
    }
    const key = keyIn(parent, path.at(-1)!);
    const current = childOf(parent, key);
    const value = valueOf(leaf, path);
    const kind = kindOf(current);
    if (kind === "variable" || kind === "tensor") {
      // A leaf of either kind.
      const target = current as StateLeaf;
      compareTypes(path, target, value, this.differences);
      this.written.add(target);
      this.writes.push(
        isVariable(target) ? () => void (target.value = value.clone()) : setter(parent, key, leaf),
      );
      return target;
    }
    if (kind !== "static" || (isContainer(current) && !popped)) {
      this.differences.misplaced.push(
        `Expected a State for ${formatPath(path)}, got a single value: give the values of what it holds.`,
      );
    } else if (popped && (current === undefined || current === null) && this.hasRoom(parent, key)) {
      this.writes.push(setter(parent, key, leaf));
    } else if (current === undefined || current === null) this.differences.unknown.push(path);
    else {
      this.differences.misplaced.push(
        `Expected a path to a Variable, got ${formatPath(path)}, which is a setting (${typeof current}).`,
      );
    }
    return undefined;
  }

  private misplaced(path: Path, found: unknown, at: Path): undefined {
    if (found === undefined || found === null) this.differences.unknown.push(path);
    else {
      const what = isVariable(found) ? `a ${classNameOf(found)}` : `a ${typeof found}`;
      this.differences.misplaced.push(
        `Expected a module or container at ${formatPath(at)} to hold ${formatPath(path)}, got ${what}.`,
      );
    }
    return undefined;
  }

  /** Whether a leaf can be put at `key`: anywhere but beyond the end of a list. */
  private hasRoom(parent: Parent, key: string | number): boolean {
    if (!isIndexed(parent)) return true;
    const length = Array.isArray(parent) ? parent.length : (parent as unknown as { length: number }).length;
    const added = this.appended.get(parent) ?? 0;
    if (key !== length + added) return Array.isArray(parent) ? false : typeof key === "string";
    this.appended.set(parent, added + 1);
    return true;
  }
}

function setter(parent: Parent, key: string | number, leaf: StateLeaf): () => void {
  return () => setChild(parent, key, isVariable(leaf) ? copyVariable(leaf) : leaf.clone());
}

function valueOf(leaf: StateLeaf, path: Path): tf.Tensor {
  if (isVariable(leaf)) return leaf.value;
  if (!leaf.isDisposed) return leaf;
  throw new VariableValueError(
    `update: the value given for ${formatPath(path)} is a disposed tensor. Dispose of it after the update: the values ` +
      `are copied.`,
  );
}

function assertTarget(node: unknown): asserts node is Parent {
  if (isParent(node)) return;
  const found =
    node === undefined ? "nothing" : isVariable(node) ? `a ${classNameOf(node)}` : `a ${typeof node}`;
  throw new GraphStructureError(
    `update: expected a module or container, got ${found}. To write a single Variable, set it: variable.value = tensor.`,
  );
}
