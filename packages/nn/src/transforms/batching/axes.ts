/** @file Which parts of arguments and results carry the lanes, and along which axis. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { iterVariables } from "../../graph/iterate.ts";
import { isContainer, isPytree, isState, isVariable, type Key, type Path } from "../../graph/kinds.ts";
import type { Variable } from "../../variable/variable.ts";
import { StateAxes } from "../state-axes.ts";

/** The axis of the lanes: its index, negative from the end, or null for what all lanes share. */
export type LaneAxis = number | null;

/**
 * Where the lanes are in a value: one axis for all tensors in it; {@link StateAxes} for a model; or an array or object of
 * those, as the value is one.
 */
export type LaneAxes = LaneAxis | StateAxes | readonly LaneAxes[] | { readonly [key: string]: LaneAxes };

/** Goes over a value. */
interface AxisVisitor {
  /** Is called for each tensor and each Variable, with its axis. */
  readonly visit: (leaf: tf.Tensor | Variable, axis: LaneAxis, path: Path) => void;
  /** What stands at a path, for errors. */
  readonly nameOf: (path: Path) => string;
}

/** Finds out where the lanes are in each tensor and each Variable of `value`. */
export function visitAxes(value: unknown, axes: LaneAxes, path: Path, visitor: AxisVisitor): void {
  const { nameOf } = visitor;
  if (value instanceof tf.Tensor) visitor.visit(value, laneAxis(axes, nameOf(path)), path);
  else if (isState(value)) {
    for (const [below, leaf] of value.entries) visitLeaf(leaf, axes, [path, below], visitor);
  } else if (isPytree(value) || isVariable(value)) {
    for (const [below, variable] of iterVariables(value)) visitLeaf(variable, axes, [path, below], visitor);
  } else if (isContainer(value)) {
    const entries: readonly [Key, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
    assertNoMore(axes, entries, nameOf(path));
    for (const [key, item] of entries) {
      const at = [...path, Array.isArray(value) ? Number(key) : key];
      visitAxes(item, axesBelow(axes, value, at, nameOf), at, visitor);
    }
  }
}

/** A Variable, or a tensor of a State, below the root of a model. */
function visitLeaf(
  leaf: tf.Tensor | Variable,
  axes: LaneAxes,
  [root, below]: readonly [Path, Path],
  { visit, nameOf }: AxisVisitor,
): void {
  const path = [...root, ...below];
  if (axes instanceof StateAxes) visit(leaf, laneAxis(axes.axisOf(below, leaf), nameOf(path)), path);
  else if (axes === null || typeof axes === "number") visit(leaf, laneAxis(axes, nameOf(path)), path);
  else {
    throw new InvalidArgumentError(
      `vmap: expected an axis, null or a StateAxes for the model ${nameOf(root)}, found ${describe(axes)}. ` +
        `Write new StateAxes([[Param, 0], [true, null]]).`,
    );
  }
}

/** Axes are for what is there. */
function assertNoMore(axes: LaneAxes, entries: readonly [Key, unknown][], name: string): void {
  if (typeof axes !== "object" || axes === null || axes instanceof StateAxes) return;
  const known = new Set(entries.map(([key]) => String(key)));
  const more = Object.keys(axes).filter((key) => !known.has(key));
  if (more.length === 0) return;
  throw new InvalidArgumentError(
    `vmap: expected axes of the same structure as ${name}, which has ${[...known].join(", ") || "nothing"}, found one ` +
      `for ${more.join(", ")}.`,
  );
}

/** What `axes` says of one item of a container. */
function axesBelow(axes: LaneAxes, container: object, path: Path, nameOf: (path: Path) => string): LaneAxes {
  if (axes === null || typeof axes === "number" || axes instanceof StateAxes) return axes;
  const found = (axes as Readonly<Record<Key, LaneAxes>>)[path.at(-1)!];
  if (Array.isArray(axes) === Array.isArray(container) && found !== undefined) return found;
  throw new InvalidArgumentError(
    `vmap: expected axes of the same structure as ${nameOf(path.slice(0, -1))}, found none for ${nameOf(path)}. ` +
      `Give one axis for all that is below: 0, or null for what all lanes share.`,
  );
}

function laneAxis(axes: LaneAxes, name: string): LaneAxis {
  if (axes === null || (typeof axes === "number" && Number.isInteger(axes))) return axes;
  throw new InvalidArgumentError(
    `vmap: expected an axis (an integer) or null for ${name}, found ${describe(axes)}.`,
  );
}

function describe(axes: unknown): string {
  if (typeof axes === "object" && axes !== null) return axes.constructor.name;
  return typeof axes === "string" ? JSON.stringify(axes) : String(axes);
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
