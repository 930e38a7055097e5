/** @file The arguments of a function that runs in lanes: which tensors and Variables carry them, and how many there are. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, ShapeMismatchError } from "../../errors.ts";
import { formatPath, isVariable, type Path } from "../../graph/kinds.ts";
import { mapTensors } from "../../graph/map-tensors.ts";
import { RngState } from "../../variable/types.ts";
import type { Variable } from "../../variable/variable.ts";
import { assertAlive } from "../alive.ts";
import { type LaneAxes, checkedAxis, type LaneAxis, visitAxes } from "./axes.ts";
import { moveAxis } from "./operands.ts";
import type { Batched, LaneSpec } from "./rule.ts";

/** A tensor or a Variable of the arguments. */
interface Slot<T> {
  readonly leaf: T;
  /** Counted from 0; null for what all lanes share. */
  readonly axis: LaneAxis;
  readonly path: Path;
}

/** Arguments in lanes. */
export interface LaneArguments {
  /** How many lanes they have. */
  readonly size: number;
  /** The tensors among them, for one lane. */
  readonly specs: readonly LaneSpec[];
  /** The shapes that Variables with lanes have in each. */
  readonly variableShapes: ReadonlyMap<Variable, readonly number[]>;
  /** The tensors among them. */
  tensors(): Batched[];
  /** The arguments with other tensors in place of those. */
  withTensors(tensors: readonly tf.Tensor[]): unknown[];
  /** The value of a Variable. */
  valueOf(variable: Variable): Batched;
  /** The axis of a Variable, and where it stands in the arguments; undefined for one that is none of them. */
  slotOf(variable: Variable): Slot<Variable> | undefined;
}

/**
 * Takes arguments apart.
 *
 * @param axesOf where the lanes are in the argument at an index
 * @throws InvalidArgumentError, ShapeMismatchError for axes that are not there, or not of one size, and for tensors that
 *   were disposed of
 */
export function laneArguments(
  args: readonly unknown[],
  axesOf: (index: number) => LaneAxes,
  axisSize: number | undefined,
): LaneArguments {
  const tensors: Slot<tf.Tensor>[] = [];
  const variables = new Map<Variable, Slot<Variable>>();
  for (const [index, arg] of args.entries()) {
    visitAxes(arg, axesOf(index), [index], {
      visit(leaf, given, path) {
        if (isVariable(leaf)) addVariable(variables, leaf, given, path);
        else {
          assertAlive(leaf, () => `vmap: ${argumentAt(path)}`);
          tensors.push(slotOf(leaf, given, path));
        }
      },
      nameOf: argumentAt,
    });
  }
  const all = [...tensors, ...variables.values()];
  const size = sizeOf(all, axisSize);
  const mapped = [...variables.values()].filter(({ axis }) => axis !== null);
  return {
    size,
    specs: tensors.map(({ leaf, axis }) => ({ shape: withoutAxis(leaf.shape, axis), dtype: leaf.dtype })),
    variableShapes: new Map(mapped.map(({ leaf, axis }) => [leaf, withoutAxis(leaf.shape, axis)])),
    tensors: () => tensors.map(({ leaf, axis }) => lanesFirst(leaf, axis)),
    withTensors(given) {
      let next = 0;
      return mapTensors(args, () => given[next++]!) as unknown[];
    },
    valueOf: (variable) => lanesFirst(variable.value, variables.get(variable)?.axis ?? null),
    slotOf: (variable) => variables.get(variable),
  };
}

/** What of the arguments stands at `path`, for errors. */
export function argumentAt([index, ...below]: Path): string {
  return below.length === 0 ? `argument ${index}` : `${formatPath(below)} of argument ${index}`;
}

function slotOf<T extends tf.Tensor | Variable>(leaf: T, axis: LaneAxis, path: Path): Slot<T> {
  return { leaf, axis: axis === null ? null : checkedAxis(axis, leaf.shape, argumentAt(path)), path };
}

function addVariable(
  variables: Map<Variable, Slot<Variable>>,
  variable: Variable,
  axis: LaneAxis,
  path: Path,
): void {
  if (axis !== null) assertSplit(variable, path);
  const slot = slotOf(variable, axis, path);
  const known = variables.get(variable);
  if (!known) variables.set(variable, slot);
  else if (known.axis !== slot.axis) {
    throw new InvalidArgumentError(
      `vmap: expected one axis for a Variable that stands in two places, found ${known.axis} for ` +
        `${argumentAt(known.path)} and ${slot.axis} for ${argumentAt(path)}.`,
    );
  }
}

/** A stream that was not split has one key, not one for each lane. */
function assertSplit(variable: Variable, path: Path): void {
  if (!(variable instanceof RngState)) return;
  const isKey = variable.dtype === "int32" && path.at(-1) === "key";
  if (variable.shape.length > (isKey ? 1 : 0)) return;
  throw new ShapeMismatchError(
    `vmap: expected random streams that were split, with an axis for the lanes, found ${argumentAt(path)} of shape ` +
      `[${variable.shape.join(", ")}]. Split them: using _streams = splitRngs(rngs, { splits: 8 }); or share them, ` +
      `so that all lanes draw the same, by null in inAxes.`,
  );
}

function sizeOf(slots: readonly Slot<tf.Tensor | Variable>[], axisSize: number | undefined): number {
  const found = slots.flatMap(({ leaf, axis, path }) =>
    axis === null ? [] : [{ size: leaf.shape[axis]!, axis, shape: leaf.shape, path }],
  );
  const size = axisSize ?? found[0]?.size;
  if (size === undefined) {
    throw new InvalidArgumentError(
      "vmap: expected an argument with an axis for the lanes, or axisSize, found neither: inAxes is null for all " +
        "tensors and models. Write vmap(fn, { axisSize: 8 }).",
    );
  }
  const other = found.find((slot) => slot.size !== size);
  if (other) {
    const first = found[0]!;
    const wanted =
      axisSize === undefined
        ? `${size}, the size of axis ${first.axis} of ${argumentAt(first.path)}, [${first.shape.join(", ")}]`
        : `${size}, as axisSize says`;
    throw new ShapeMismatchError(
      `vmap: expected as many lanes in all arguments: ${wanted}; found ${other.size}, the size of axis ` +
        `${other.axis} of ${argumentAt(other.path)}, [${other.shape.join(", ")}]. ` +
        `Name another axis in inAxes, or null for what all lanes share.`,
    );
  }
  return size;
}

function withoutAxis(shape: readonly number[], axis: LaneAxis): number[] {
  return shape.filter((_, i) => i !== axis);
}

function lanesFirst(tensor: tf.Tensor, axis: LaneAxis): Batched {
  if (axis === null) return { tensor, isBatched: false };
  return { tensor: moveAxis(tensor, axis, 0), isBatched: true };
}
