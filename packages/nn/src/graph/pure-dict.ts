/** @file States as nested plain objects of tensors, the form in which they are saved and loaded. */
import * as tf from "@tensorflow/tfjs-core";
import { GraphStructureError } from "../errors.ts";
import { guesses } from "../near-miss.ts";
import { borrowingVariable } from "../variable/variable.ts";
import { setChild } from "./children.ts";
import { cover, coverageOf } from "./coverage.ts";
import { leavesOf } from "./dict-leaves.ts";
import { assertDepth, formatPath, isContainer, isVariable, type Key, type Path } from "./kinds.ts";
import { assertState, replaceEntries, State, type StateEntry } from "./state.ts";

/** A State as nested objects of tensors. Keys of lists are numbers in paths and property names here. */
export interface PureDict {
  [key: Key]: tf.Tensor | PureDict;
}

/**
 * Nested plain objects with the tensors of a State, borrowed.
 *
 * @throws GraphStructureError for two paths that differ only by an index and a name of the same spelling
 * @see flax.nnx.to_pure_dict
 */
export function toPureDict(state: State): PureDict {
  assertState(state, "toPureDict");
  const root: PureDict = {};
  for (const [path, leaf] of state.entries) {
    const name = path.at(-1);
    if (name === undefined) {
      throw new GraphStructureError(
        "toPureDict: the State is that of a single Variable, which has no name. Take its value: variable.value.",
      );
    }
    let node: PureDict | tf.Tensor = root;
    for (const key of path.slice(0, -1)) if (!(node instanceof tf.Tensor)) node = below(node, key);
    if (node instanceof tf.Tensor || Object.hasOwn(node, name)) {
      throw new GraphStructureError(
        `toPureDict: two paths are written ${formatPath(path)}, one by an index and one by a name. Rename one.`,
      );
    }
    setChild(node, name, isVariable(leaf) ? leaf.value : leaf);
  }
  return root;
}

/** What `dict` itself holds under `key`, a dictionary if there was nothing. */
function below(dict: PureDict, key: Key): PureDict | tf.Tensor {
  if (!Object.hasOwn(dict, key)) setChild(dict, key, {});
  return dict[key]!;
}

/**
 * The State of nested plain objects: the inverse of {@link toPureDict}, to `merge` with a graph definition. The
 * tensors stay the caller's. Property names that are whole numbers become numbers, as {@link restoreIntPaths} has it.
 *
 * @throws GraphStructureError for what is neither a tensor nor an object
 */
export function fromPureDict(dict: PureDict): State {
  return restoreIntPaths(new State(entriesOfDict("fromPureDict", dict)));
}

/**
 * Puts the tensors of nested plain objects into a State, in place, and answers it. It may be partial. Names that are
 * whole numbers find indices. A Variable is replaced by one of the same class and metadata that holds the tensor, so
 * the model that the State was taken from is unchanged until `update(model, state)`. The tensors stay the caller's;
 * shapes are not compared.
 *
 * ```ts
 * const loaded = state(model);
 * replaceByPureDict(loaded, dict);
 * update(model, loaded);
 * ```
 *
 * @throws GraphStructureError listing every path that the State does not have
 * @see flax.nnx.replace_by_pure_dict
 */
export function replaceByPureDict(state: State, dict: PureDict): State {
  assertState(state, "replaceByPureDict");
  const paths = new Set(state.entries.map(([path]) => spelling(path)));
  const given = entriesOfDict("replaceByPureDict", dict);
  const unknown = given.filter(([path]) => !paths.has(spelling(path))).map(([path]) => formatPath(path));
  if (unknown.length > 0) {
    const known = state.entries.map(([path]) => formatPath(path));
    throw new GraphStructureError(
      [
        `replaceByPureDict: not in the State: ${unknown.join(", ")}.`,
        ...guesses(unknown, known),
        `There ${known.length === 1 ? "is" : "are"}: ${known.join(", ") || "none"}.`,
      ].join(" "),
    );
  }
  const tensors = new Map(given.map(([path, tensor]) => [spelling(path), tensor]));
  const replaced = state.entries.map(([path, leaf]): StateEntry => {
    const tensor = tensors.get(spelling(path));
    if (tensor === undefined) return [path, leaf];
    return [path, isVariable(leaf) ? borrowingVariable(leaf, tensor) : tensor];
  });
  replaceEntries(state, replaced);
  return state;
}

/**
 * Keys that are written as whole numbers, such as JSON and checkpoints give them for indices, become numbers: those
 * of the paths of a State, or of `Map`s. In plain objects JavaScript itself has no numbers for names, so that these
 * come back as they are, copied.
 *
 * @see flax.nnx.restore_int_paths
 */
export function restoreIntPaths(state: State): State;
export function restoreIntPaths<T extends PureDict | ReadonlyMap<Key, unknown>>(dict: T): T;
export function restoreIntPaths(source: unknown): unknown {
  return restored(source, []);
}

function restored(source: unknown, path: Path): unknown {
  assertDepth(path, "restoreIntPaths");
  if (source instanceof State) {
    const state = new State(source.entries.map(([keys, leaf]) => [keys.map(restoredKey), leaf]));
    return cover(state, coverageOf(source));
  }
  if (!isContainer(source) || Array.isArray(source)) return source;
  if (source instanceof Map) {
    return new Map([...source].map(([key, value]) => [restoredKey(key), restored(value, [...path, key])]));
  }
  return Object.fromEntries(
    Object.entries(source).map(([name, value]) => [name, restored(value, [...path, name])]),
  );
}

const INTEGER = /^(?:0|-?[1-9]\d*)$/;

function restoredKey(key: Key): Key {
  return typeof key === "string" && INTEGER.test(key) && Number.isSafeInteger(Number(key))
    ? Number(key)
    : key;
}

/** A path without the difference between indices and names. */
function spelling(path: Path): string {
  return JSON.stringify(path.map(String));
}

/** The tensors in nested objects with their paths; Variables count by their value. */
function entriesOfDict(caller: string, dict: unknown): [Path, tf.Tensor][] {
  return leavesOf(caller, dict).map(([path, leaf]) => [path, isVariable(leaf) ? leaf.value : leaf]);
}
