/** @file The leaves of nested plain objects, arrays, `Map`s and States, with their paths. */
import { classNameOf } from "../class-name.ts";
import * as tf from "@tensorflow/tfjs-core";
import { GraphStructureError } from "../errors.ts";
import { assertDepth, formatPath, isContainer, isVariable, type Key, type Path } from "./kinds.ts";
import { State, type StateEntry } from "./state.ts";

/**
 * The tensors and Variables in `source`, with their paths; own properties only.
 *
 * @throws GraphStructureError for what is neither a leaf nor holds some, and for what is nested too deep, or inside
 *   itself; on behalf of `caller`
 */
export function leavesOf(caller: string, source: unknown): StateEntry[] {
  const leaves: StateEntry[] = [];
  const visit = (value: unknown, path: Path): void => {
    assertDepth(path, caller);
    if (path.length > 0 && (value instanceof tf.Tensor || isVariable(value))) leaves.push([path, value]);
    else if (value instanceof State) {
      for (const [below, leaf] of value.entries) visit(leaf, [...path, ...below]);
    } else if (isContainer(value)) {
      const children: Iterable<[Key, unknown]> = value instanceof Map ? value : Object.entries(value);
      for (const [key, child] of children) visit(child, [...path, key]);
    } else throw noLeaf(caller, value, path);
  };
  visit(source, []);
  return leaves;
}

function noLeaf(caller: string, value: unknown, path: Path): GraphStructureError {
  const found =
    value === null
      ? "null"
      : value === undefined
        ? "nothing"
        : typeof value === "object"
          ? `a ${classNameOf(value)}`
          : `a ${typeof value}`;
  return new GraphStructureError(
    `${caller}: expected a tensor or nested objects of tensors at ${formatPath(path)}, got ${found}. ` +
      `Make tensors of numbers: tf.tensor([…]).`,
  );
}
