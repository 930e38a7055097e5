/** @file What an optimiser checks before it writes: which Variables it trains, and that gradients fit them. */
import {
  classNameOf,
  DtypeError,
  type Filter,
  formatPath,
  GraphStructureError,
  InvalidArgumentError,
  isVariable,
  iterVariables,
  NnxError,
  type Path,
  ShapeMismatchError,
  State,
  type StateEntry,
  type StateLeaf,
  toPredicate,
  type Variable,
  VariableValueError,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** A Variable of a model and where it stands. */
export type Entry = readonly [path: Path, variable: Variable];

/** Where a trained Variable stood when the optimiser was made, and its shape. */
export interface Tracked {
  readonly path: Path;
  readonly shape: readonly number[];
}

/** The Variables of `model` that `wrt` selects and that are not frozen. */
export function select(model: object, wrt: Filter): Entry[] {
  const predicate = toPredicate(wrt);
  return iterVariables(model).filter(([path, variable]) => !variable.isFrozen && predicate(path, variable));
}

/** As {@link select}, with what was frozen after it was tracked. */
export function selectTracked(model: object, wrt: Filter, tracked: readonly Tracked[]): Entry[] {
  const predicate = toPredicate(wrt);
  const selected = iterVariables(model).filter(([path, variable]) => predicate(path, variable));
  if (selected.every(([, variable]) => !variable.isFrozen)) return selected;
  const known = new Set(tracked.map(({ path }) => keyOf(path)));
  return selected.filter(([path, variable]) => !variable.isFrozen || known.has(keyOf(path)));
}

/** @throws InvalidArgumentError or DtypeError unless `variables`, selected from `model`, can be trained */
export function assertTrainable(model: object, variables: readonly Entry[]): void {
  if (variables.length === 0) {
    const frozen = iterVariables(model).filter(([, variable]) => variable.isFrozen);
    const kinds = new Set(iterVariables(model).map(([, variable]) => variable.constructor.name));
    throw new InvalidArgumentError(
      `Optimizer: expected wrt to select the Variables to train, but it selects none of ${classNameOf(model)}, ` +
        `which holds ${kinds.size === 0 ? "no Variables" : [...kinds].join(", ")}. ` +
        `Write new Optimizer(model, tx, { wrt: Param }).` +
        (frozen.length > 0 ? ` ${frozen.length} of its Variables are frozen, which are not trained.` : ""),
    );
  }
  const others = variables.filter(([, { dtype }]) => dtype !== "float32");
  if (others.length === 0) return;
  throw new DtypeError(
    `Optimizer: expected wrt to select float32 Variables, got ` +
      `${others.map(([path, { dtype }]) => `${formatPath(path)} (${dtype})`).join(", ")}. ` +
      `Write new Optimizer(model, tx, { wrt: Param }).`,
  );
}

/** @throws GraphStructureError or ShapeMismatchError unless `variables` are those that are tracked */
export function assertSameModel(variables: readonly Entry[], tracked: readonly Tracked[]): void {
  // Every step comes here: what is as it was takes neither maps nor joined paths.
  if (isUnchanged(variables, tracked)) return;
  const found = new Map(variables.map(([path, variable]) => [keyOf(path), variable]));
  const expected = new Map(tracked.map(({ path, shape }) => [keyOf(path), shape]));
  const lost = tracked.filter(({ path }) => !found.has(keyOf(path))).map(({ path }) => formatPath(path));
  const gained = variables.filter(([path]) => !expected.has(keyOf(path))).map(([path]) => formatPath(path));
  if (lost.length > 0 || gained.length > 0) {
    throw new GraphStructureError(
      `Optimizer.update: expected the ${tracked.length} trained Variables that the optimizer was made for, ` +
        `got a model with ${variables.length}.` +
        (lost.length > 0 ? ` Missing: ${lost.join(", ")}.` : "") +
        (gained.length > 0 ? ` New: ${gained.join(", ")}.` : "") +
        ` Pass that model or a view of it, or make a new Optimizer for this one.`,
    );
  }
  const reshaped = variables.flatMap(([path, { shape }]) => differs(path, expected.get(keyOf(path))!, shape));
  if (reshaped.length === 0) return;
  throw new ShapeMismatchError(
    `Optimizer.update: expected parameters of the shapes that the optimizer was made for: ${reshaped.join("; ")}. ` +
      `Make a new Optimizer for the changed model.`,
  );
}

/**
 * The gradient of each Variable; zeros for what is frozen.
 *
 * @throws GraphStructureError naming every path without one; ShapeMismatchError naming every wrong shape
 */
export function gradientsFor(variables: readonly Entry[], grads: State): [Path, tf.Tensor][] {
  if (!(grads instanceof State)) {
    throw new InvalidArgumentError(
      `Optimizer.update: expected the gradients as a State, got ${describe(grads)}. ` +
        `Write optimizer.update(model, grad(lossFn)(model)).`,
    );
  }
  const trained = variables.filter(([, variable]) => !variable.isFrozen);
  const leaves = leavesFor(trained, grads.entries);
  const misshapen = trained.flatMap(([path, { shape }], i) => differs(path, shape, leaves[i]!.shape));
  if (misshapen.length > 0) {
    throw new ShapeMismatchError(
      `Optimizer.update: expected each gradient to have the shape of its parameter: ${misshapen.join("; ")}. ` +
        `Pass what grad(lossFn)(model) gives for this model.`,
    );
  }
  let next = 0;
  return variables.map(([path, variable]) => [
    path,
    variable.isFrozen ? tf.zerosLike(variable.value) : read(path, leaves[next++]!),
  ]);
}

/** The leaf at the path of each Variable. */
function leavesFor(variables: readonly Entry[], entries: readonly StateEntry[]): StateLeaf[] {
  const isInOrder =
    variables.length === entries.length && variables.every(([path], i) => isEqual(path, entries[i]![0]));
  if (isInOrder) return entries.map(([, leaf]) => leaf);
  const given = new Map(entries.map(([path, leaf]) => [keyOf(path), leaf]));
  const missing = variables.filter(([path]) => !given.has(keyOf(path))).map(([path]) => formatPath(path));
  if (missing.length > 0) {
    throw new GraphStructureError(
      `Optimizer.update: expected a gradient for each of the ${variables.length} trained Variables, ` +
        `got none for ${missing.join(", ")}. Differentiate with respect to what the optimizer trains: ` +
        `give grad and Optimizer the same filter.`,
    );
  }
  return variables.map(([path]) => given.get(keyOf(path))!);
}

/** Whether the same paths with the same shapes stand in the same order. */
function isUnchanged(variables: readonly Entry[], tracked: readonly Tracked[]): boolean {
  return (
    variables.length === tracked.length &&
    tracked.every(({ path, shape }, i) => {
      const [foundPath, variable] = variables[i]!;
      return isEqual(path, foundPath) && isEqual(shape, variable.shape);
    })
  );
}

function isEqual(a: readonly (string | number)[], b: readonly (string | number)[]): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}

/** The tensor of a gradient; an error about it says which. */
function read(path: Path, leaf: StateLeaf): tf.Tensor {
  const name = `the gradient of ${formatPath(path)}`;
  if (isVariable(leaf)) {
    try {
      return leaf.value;
    } catch (error) {
      if (error instanceof NnxError && error.subject === leaf) error.locate(name);
      throw error;
    }
  }
  if (!leaf.isDisposed) return leaf;
  throw new VariableValueError(
    `Optimizer.update: ${name} is a disposed tensor. Dispose of gradients after the update.`,
  );
}

/** Indices and names of the same spelling are one: States from nested objects hold names only. */
function keyOf(path: Path): string {
  return path.join("\0");
}

function differs(path: Path, expected: readonly number[], found: readonly number[]): string[] {
  if (isEqual(expected, found)) return [];
  return [`${formatPath(path)}: expected [${expected.join(", ")}], got [${found.join(", ")}]`];
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? `a ${classNameOf(value)}` : `a ${typeof value}`;
}
