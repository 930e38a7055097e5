/** @file Which parts of arguments and results carry the lanes, and along which axis. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { iterVariables } from "../../graph/iterate.ts";
import {
  formatPath,
  isContainer,
  isPytree,
  isState,
  isVariable,
  type Key,
  type Path,
} from "../../graph/kinds.ts";
import type { Variable } from "../../variable/variable.ts";
import { StateAxes } from "../state-axes.ts";

/** The axis of the lanes: its index, negative from the end, or null for what all lanes share. */
export type LaneAxis = number | null;

/**
 * Where the lanes are in a value: one axis for all tensors in it; {@link StateAxes} for a model; or an array or object of
 * those, as the value is one.
 */
export type LaneAxes = LaneAxis | StateAxes | readonly LaneAxes[] | { readonly [key: string]: LaneAxes };

/** Calls back for each tensor and each Variable in `value`, with its axis. */
export function visitAxes(
  value: unknown,
  axes: LaneAxes,
  path: Path,
  visit: (leaf: tf.Tensor | Variable, axis: LaneAxis, path: Path) => void,
): void {
  if (value instanceof tf.Tensor) visit(value, laneAxis(axes, path), path);
  else if (isState(value)) {
    for (const [below, leaf] of value.entries)
      visit(leaf, stateAxis(axes, below, leaf, path), [...path, ...below]);
  } else if (isPytree(value) || isVariable(value)) {
    for (const [below, variable] of iterVariables(value)) {
      visit(variable, stateAxis(axes, below, variable, path), [...path, ...below]);
    }
  } else if (isContainer(value)) {
    const entries: Iterable<[Key, unknown]> =
      value instanceof Map ? value : (Object.entries(value) as [Key, unknown][]);
    for (const [key, item] of entries) {
      const index = Array.isArray(value) ? Number(key) : key;
      visitAxes(item, below(axes, value, index, path), [...path, index], visit);
    }
  }
}

/** What `axes` says of one item of a container. */
function below(axes: LaneAxes, container: object, key: Key, path: Path): LaneAxes {
  if (axes === null || typeof axes === "number" || axes instanceof StateAxes) return axes;
  const found: unknown = (axes as Record<Key, LaneAxes>)[key];
  const isAlike = Array.isArray(axes) === Array.isArray(container);
  if (isAlike && found !== undefined) return found as LaneAxes;
  throw new InvalidArgumentError(
    `vmap: expected axes of the same structure as ${nameOf(path)}, found none for ${formatPath([...path, key])}. ` +
      `Give one axis for all that is below: 0, or null for what all lanes share.`,
  );
}

function laneAxis(axes: LaneAxes, path: Path): LaneAxis {
  if (axes === null || (typeof axes === "number" && Number.isInteger(axes))) return axes;
  throw new InvalidArgumentError(
    `vmap: expected an axis (an integer) or null for the tensor ${nameOf(path)}, found ${describe(axes)}.`,
  );
}

function stateAxis(axes: LaneAxes, path: Path, leaf: Variable | tf.Tensor, root: Path): LaneAxis {
  if (axes instanceof StateAxes) return laneAxis(axes.axisOf(path, leaf) as LaneAxes, [...root, ...path]);
  if (axes === null || typeof axes === "number") return laneAxis(axes, root);
  throw new InvalidArgumentError(
    `vmap: expected an axis, null or a StateAxes for the model ${nameOf(root)}, found ${describe(axes)}. ` +
      `Write new StateAxes([[Param, 0], [true, null]]).`,
  );
}

function describe(axes: unknown): string {
  return typeof axes === "object" && axes !== null ? `${axes.constructor.name}` : String(axes);
}

function nameOf(path: Path): string {
  return path.length === 0 ? "of the result" : formatPath(path);
}

/**
 * `axis` counted from 0 in a tensor of `rank` axes.
 *
 * @throws InvalidArgumentError for one that it does not have
 */
export function checkedAxis(axis: number, shape: readonly number[], what: string): number {
  const rank = shape.length;
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  const range = rank === 0 ? "null, as a scalar has no axis" : `an axis from ${-rank} to ${rank - 1}`;
  throw new InvalidArgumentError(
    `vmap: expected ${range} for ${what} of shape [${shape.join(", ")}], found ${axis}. ` +
      `Write null for what all lanes share.`,
  );
}
