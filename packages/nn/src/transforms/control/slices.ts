/** @file What each turn of a loop takes: slices of tensors, and Modules with slices for their Variables. */
import type * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError, ShapeMismatchError } from "../../errors.ts";
import { type Filter, toPredicate } from "../../graph/filters.ts";
import { iterVariables } from "../../graph/iterate.ts";
import { isPytree, isVariable, type Path } from "../../graph/kinds.ts";
import type { State } from "../../graph/state.ts";
import type { Pytree } from "../../module/pytree.ts";
import { substituteOf, withValues } from "../../variable/access.ts";
import type { Variable } from "../../variable/variable.ts";
import { describe, placeOf, type Tree, treeOf } from "./tree.ts";

interface Lower {
  R1: tf.Rank.R0;
  R2: tf.Rank.R1;
  R3: tf.Rank.R2;
  R4: tf.Rank.R3;
  R5: tf.Rank.R4;
  R6: tf.Rank.R5;
}

interface Higher {
  R0: tf.Rank.R1;
  R1: tf.Rank.R2;
  R2: tf.Rank.R3;
  R3: tf.Rank.R4;
  R4: tf.Rank.R5;
  R5: tf.Rank.R6;
}

type Moved<T, Ranks> =
  T extends tf.Tensor<infer R>
    ? [tf.Rank] extends [R]
      ? tf.Tensor
      : R extends keyof Ranks
        ? tf.Tensor<Ranks[R] & tf.Rank>
        : tf.Tensor
    : T extends Pytree | State | Variable
      ? T
      : T extends ReadonlyMap<infer K, infer V>
        ? Map<K, Moved<V, Ranks>>
        : T extends object
          ? { [K in keyof T]: Moved<T[K], Ranks> }
          : T;

/** What one turn of a loop takes of `T`: tensors without their first axis; Modules stay what they are. */
export type Sliced<T> = Moved<T, Lower>;

/** What all turns of a loop together give, each of them `T`: tensors with an axis more. */
export type Stacked<T> = Moved<T, Higher>;

/** The sequences of a loop. */
export interface Slices {
  readonly tree: Tree;
  /** Variables of Modules among them, which have a slice for each turn. */
  readonly variables: readonly Variable[];
  /** How many turns they are for; undefined where there are none. */
  readonly length: number | undefined;
}

/**
 * Finds the sequences in `xs`, and how long they are.
 *
 * @param shared Variables of Modules that have no axis
 * @throws ShapeMismatchError, InvalidArgumentError
 */
export function slicesOf(xs: unknown, caller: string, shared: Filter): Slices {
  const tree = treeOf(xs, `${caller}: xs`);
  const isShared = toPredicate(shared);
  const variables = new Map<Variable, Path>();
  for (const { path, value } of tree.leaves) {
    if (!isPytree(value) && !isVariable(value)) continue;
    const found: readonly (readonly [Path, Variable])[] = isVariable(value)
      ? [[[], value]]
      : iterVariables(value);
    for (const [below, variable] of found) {
      if (!isShared(below, variable)) variables.set(variable, [...path, ...below]);
    }
  }
  let first: { readonly path: Path; readonly length: number } | undefined;
  const note = (path: Path, { shape, dtype }: { shape: readonly number[]; dtype: tf.DataType }) => {
    const [length] = shape;
    const found = `${dtype}[${shape.join(", ")}]`;
    if (length === undefined) {
      throw new ShapeMismatchError(
        `${caller}: xs${placeOf(path)}: expected a tensor with an axis for the turns, found ${found}. Close over what ` +
          `is the same in each turn.`,
      );
    }
    first ??= { path, length };
    if (length === first.length) return;
    throw new ShapeMismatchError(
      `${caller}: xs${placeOf(path)}: expected ${first.length} slices, as xs${placeOf(first.path)} has, found ${length} ` +
        `in ${found}. All sequences have the same first axis.`,
    );
  };
  for (const [i, tensor] of tree.tensors.entries()) note(tree.paths[i]!, tensor);
  for (const [variable, path] of variables) note(path, variable);
  return { tree, variables: [...variables.keys()], length: first?.length };
}

/**
 * The number of turns.
 *
 * @throws MissingArgumentError where nothing says it, ShapeMismatchError where two do and differ, InvalidArgumentError
 */
export function lengthOf({ length }: Slices, given: number | undefined, caller: string): number {
  if (given !== undefined && (!Number.isInteger(given) || given < 0)) {
    throw new InvalidArgumentError(
      `${caller}: expected a number of turns for length, found ${describe(given)}. Write { length: 10 }.`,
    );
  }
  if (given !== undefined && length !== undefined && given !== length) {
    throw new ShapeMismatchError(
      `${caller}: expected as many slices as the option length says, ${given}, found ${length} in xs. Leave length out.`,
    );
  }
  const turns = given ?? length;
  if (turns !== undefined) return turns;
  throw new MissingArgumentError(
    `${caller}: expected sequences in xs, or a number of turns, found neither. Write scan(fn, init, null, { length: 10 }).`,
  );
}

/** What `fn` gives while `variables` hold these slices, and what they hold afterwards, where it wrote them. */
export function withSlices<T>(
  variables: readonly Variable[],
  slices: readonly tf.Tensor[],
  fn: () => T,
): { readonly result: T; readonly written: readonly (tf.Tensor | undefined)[] } {
  const values = new Map(variables.map((variable, i) => [variable, slices[i]!]));
  return withValues(values, () => {
    const result = fn();
    return {
      result,
      written: variables.map((variable) => (substituteOf(variable) ? undefined : variable.value)),
    };
  });
}
