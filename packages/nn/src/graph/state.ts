/** @file A mapping from paths to Variables: what a node holds, apart from its structure. */
import { DISPOSE } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { classNameOf } from "../class-name.ts";
import { describeArray, describeVariable } from "../display/describe.ts";
import { GraphStructureError, InvalidArgumentError } from "../errors.ts";
import type { Variable } from "../variable/variable.ts";
import { comparePaths } from "./children.ts";
import { guesses, listed } from "../near-miss.ts";
import { cover, coverageOf, without } from "./coverage.ts";
import { HOLDS_OTHERS } from "./holds-others.ts";
import { assertDepth, formatPath, isContainer, isPytree, isVariable, type Key, type Path } from "./kinds.ts";

/** What a State holds at a path: a Variable, or a tensor that is a plain attribute. */
export type StateLeaf = Variable | tf.Tensor;

/** A path and what stands there. */
export type StateEntry<Leaf extends StateLeaf = StateLeaf> = readonly [path: Path, leaf: Leaf];

/** Paths and leaves, sorted: the flat form of a State. @see flax.nnx.FlatState */
export type FlatState<Leaf extends StateLeaf = StateLeaf> = readonly StateEntry<Leaf>[];

/**
 * A sorted mapping from paths to leaves, as nested as the node it was taken from. The leaves of `state(model)` are
 * the model's own Variables; those of `grad(f)(model)` are Variables of the same classes that hold gradients.
 *
 * ```ts
 * const params = state(model, Param); // State<Param>
 * params.get("lin1", "kernel"); // the Variable
 * for (const [path, param] of params) console.log(path.join("."), param.value);
 * ```
 *
 * `Leaf` is the type of the leaves, as far as it is known: that of the filter, `Variable` for gradients.
 *
 * @see flax.nnx.State
 */
export class State<Leaf extends StateLeaf = StateLeaf> implements Iterable<StateEntry<Leaf>> {
  static readonly name: string = "State";
  // Enumerable, so that tf.tidy and tf.dispose find the tensors of a State.
  /** The leaves with their paths, sorted. */
  readonly entries: FlatState<Leaf>;

  /** @param entries paths and leaves in any order; no path may stand twice or inside another */
  constructor(entries: Iterable<StateEntry<NoInfer<Leaf>>> = []) {
    this.entries = pairsOf<Leaf>(entries).sort(([a], [b]) => comparePaths(a, b));
    for (const [path] of this.entries) assertPath(path);
    for (let i = 1; i < this.entries.length; i++) {
      const [before, path] = [this.entries[i - 1]![0], this.entries[i]![0]];
      if (before.every((key, depth) => key === path[depth])) {
        throw new GraphStructureError(
          `State: ${formatPath(before)} is a leaf, but ${formatPath(path)} ` +
            (before.length === path.length
              ? "is given again. Give each path once, or use mergeState."
              : "stands below it. Give one of them."),
        );
      }
    }
  }

  /** The number of leaves. */
  get size(): number {
    return this.entries.length;
  }

  /** The leaf at a path, the State below it, or `undefined` when nothing is there. */
  get(...path: Key[]): State<Leaf> | Leaf | undefined {
    const below = this.entries.filter(([candidate]) => path.every((key, depth) => key === candidate[depth]));
    if (below.length === 0) return undefined;
    if (below.length === 1 && below[0]![0].length === path.length) return below[0]![1];
    return new State(below.map(([candidate, leaf]) => [candidate.slice(path.length), leaf]));
  }

  /**
   * The leaf at a path.
   *
   * ```ts
   * const gradient = grads.leaf("lin1", "kernel").value; // a tensor
   * const kernel = state(model).leaf<Param>("lin1", "kernel"); // name the class where you know it
   * ```
   *
   * @throws GraphStructureError when nothing is there, or a State
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows the class of one leaf
  leaf<L extends Leaf = Leaf>(...path: Key[]): L {
    const found = this.get(...path);
    // The class of the leaf is the caller's word.
    if (found !== undefined && !(found instanceof State)) return found as L;
    const paths = this.entries.map(([candidate]) => formatPath(candidate));
    const what = found ? `a State of ${found.size} leaves` : "nothing";
    throw new GraphStructureError(
      [
        `State: expected a leaf at ${formatPath(path)}, got ${what}.`,
        ...guesses([formatPath(path)], paths),
        `There are: ${listed(paths)}.`,
      ].join(" "),
    );
  }

  /** Whether a leaf stands at a path, or below it. */
  has(...path: Key[]): boolean {
    return this.get(...path) !== undefined;
  }

  /**
   * Puts `leaf` at a path of this State; a leaf that stood there is left to the caller. The node that the State was
   * taken from does not change.
   *
   * @throws GraphStructureError when the path leads through a leaf, or leaves stand below it
   */
  set(path: Path, leaf: Leaf): this {
    if (!Array.isArray(path)) {
      throw new InvalidArgumentError(
        `State: expected a path, an array of names and indices, got ${String(path)}. Write set(["layer", "kernel"], leaf).`,
      );
    }
    const others = this.entries.filter(([other]) => comparePaths(other, path) !== 0);
    replaceEntries(this, new State([...others, [path, leaf]]).entries);
    return this;
  }

  /** Takes the leaf at a path, or all below it, out of this State; answers whether there was any. */
  delete(...path: Key[]): boolean {
    const rest = this.entries.filter(([candidate]) => !path.every((key, depth) => key === candidate[depth]));
    const found = rest.length < this.entries.length;
    replaceEntries(this, rest);
    cover(this, without(coverageOf(this), path));
    return found;
  }

  /** Goes through the paths with their leaves. */
  [Symbol.iterator](): Iterator<StateEntry<Leaf>> {
    return this.entries[Symbol.iterator]();
  }

  /** Frees the tensors of all leaves: gradients after an update, or a model's own for good. */
  dispose(): void {
    for (const [, leaf] of this.entries) leaf.dispose();
  }

  /** The same as {@link dispose}, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  /** @internal Its leaves are part of the model that it was taken from, or of none. */
  get [HOLDS_OTHERS](): "State" {
    return "State";
  }

  toString(): string {
    const lines = this.entries.map(([path, leaf]) => {
      return `  ${formatPath(path)}: ${isVariable(leaf) ? describeVariable(leaf) : `Tensor(${describeArray(leaf)})`}`;
    });
    return lines.length === 0 ? "State {}" : `State {\n${lines.join(",\n")}\n}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** The pairs, checked: callers without types. */
function pairsOf<Leaf extends StateLeaf>(entries: unknown): StateEntry<Leaf>[] {
  const isIterable = typeof entries === "object" && entries !== null && Symbol.iterator in entries;
  const pairs = isIterable ? [...(entries as Iterable<unknown>)] : [entries];
  const wrong = pairs.findIndex((pair) => {
    const [path, leaf]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    return !Array.isArray(path) || typeof leaf !== "object" || leaf === null;
  });
  if (wrong < 0) return pairs as StateEntry<Leaf>[];
  const found = isIterable ? `${named(pairs[wrong])} at ${wrong}` : named(entries);
  throw new InvalidArgumentError(
    `State: expected pairs of a path and a Variable or tensor, got ${found}. ` +
      `Write [[["layers", 0, "kernel"], tensor], …], or fromPureDict(dict) for nested objects.`,
  );
}

function named(value: unknown): string {
  // oxlint-disable-next-line typescript/no-base-to-string -- what is no object has a text of its own
  if (!Array.isArray(value)) return value === null ? "null" : typeof value === "object" ? "an object" : String(value); // prettier-ignore
  return Array.isArray(value[0]) ? `${String(value[1])} as the leaf of ${formatPath(value[0] as Path)}` : "an array without a path"; // prettier-ignore
}

/** @throws InvalidArgumentError for what is no State, on behalf of `caller` */
export function assertState(state: unknown, caller: string): asserts state is State {
  if (state instanceof State) return;
  // oxlint-disable-next-line typescript/no-base-to-string -- what is no object has a text of its own
  const found = isContainer(state) ? "a container" : isPytree(state) ? `a ${classNameOf(state)}` : state === null ? "null" : typeof state === "object" ? "an object" : String(state); // prettier-ignore
  throw new InvalidArgumentError(
    `${caller}: expected a State, got ${found}. Write state(model) for that of a model, fromPureDict(dict) for nested objects.`,
  );
}

function assertPath(path: Path): void {
  assertDepth(path, "State");
  const wrong = path.find((key) => typeof key !== "string" && !Number.isSafeInteger(key));
  if (wrong === undefined) return;
  throw new GraphStructureError(
    `State: expected names and whole numbers in the path ${path.map(String).join(".")}, got ${String(wrong)}.`,
  );
}

/** Gives a State other entries, sorted ones. */
export function replaceEntries(state: State, entries: FlatState): void {
  // Read-only for everybody else.
  (state as { entries: FlatState }).entries = entries;
}

/** The sorted `[path, leaf]` pairs of a State. @see flax.nnx.to_flat_state */
export function toFlatState<Leaf extends StateLeaf>(state: State<Leaf>): FlatState<Leaf> {
  assertState(state, "toFlatState");
  return state.entries;
}

/** The State of `[path, leaf]` pairs in any order. @see flax.nnx.from_flat_state */
export function fromFlatState<Leaf extends StateLeaf>(entries: FlatState<Leaf>): State<Leaf>;
export function fromFlatState(entries: Iterable<StateEntry>): State;
export function fromFlatState(entries: Iterable<StateEntry>): State {
  return new State(entries);
}
