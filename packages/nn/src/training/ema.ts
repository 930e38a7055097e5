/** @file The exponential moving average of a model's weights. */
import { linearCombination, noGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { GraphStructureError, InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import type { Filter } from "../graph/filters.ts";
import { merge, split, state } from "../graph/functions.ts";
import { iterVariables } from "../graph/iterate.ts";
import { formatPath, isVariable, type Key, type Path } from "../graph/kinds.ts";
import { State } from "../graph/state.ts";
import { atBoundary } from "../module/boundary.ts";
import { Pytree } from "../module/pytree.ts";
import { copyVariable, type Variable } from "../variable/variable.ts";

/** Options of {@link EMA}. */
export interface EMAOptions {
  /** Selects the Variables that are averaged. Default: all. */
  only?: Filter | undefined;
}

/** Variables by the keys of their paths. */
type VariableTree = Variable | Map<Key, VariableTree>;

/**
 * The exponential moving average of the Variables of a model: after each step
 * `average = decay * average + (1 - decay) * value`. Models with averaged weights often do better.
 *
 * ```ts
 * const ema = new EMA(model, 0.999, { only: Param });
 * const averaged = ema.applyTo(evalModel); // once
 * // after each step:
 * ema.update(model);
 * ```
 *
 * It begins with copies of the Variables. Those that are not float32, such as the keys and counts of random streams,
 * are not averaged: an update copies them.
 *
 * @see flax.nnx.EMA
 */
export class EMA extends Pytree {
  static override readonly name: string = "EMA";
  /** How much of the average an update keeps. */
  readonly decay: number;
  /** What is averaged. */
  readonly filter: Filter;
  /** The averages, by the keys of the model's paths. */
  readonly params: VariableTree;

  /**
   * @param model a Module or anything else with Variables; it is not kept
   * @param decay from 0 to 1
   * @throws InvalidArgumentError for another `decay`, and when `only` selects a plain tensor
   */
  constructor(model: object, decay: number, { only = true }: EMAOptions = {}) {
    super();
    if (typeof decay !== "number" || !(decay >= 0 && decay <= 1)) {
      throw new InvalidArgumentError(
        `EMA: expected a decay from 0 to 1, got ${String(decay)}. Write new EMA(model, 0.999).`,
      );
    }
    this.decay = decay;
    this.filter = only;
    this.params = treeOf(selected(model, only));
  }

  /**
   * Moves the averages towards the values of `model`.
   *
   * @param model the model, or any view of it
   * @throws GraphStructureError when it has not the Variables that are averaged; ShapeMismatchError when one has
   *   another shape. Nothing has changed then.
   */
  update(model: object): void {
    const values = new Map(selected(model, this.filter).map(([path, variable]) => [keyOf(path), variable]));
    const averages = iterVariables(this.params);
    assertSamePaths(
      averages.map(([path]) => path),
      [...values.keys()],
    );
    for (const [path, average] of averages) assertSameShape(path, average, values.get(keyOf(path))!);
    atBoundary([this], () =>
      noGradient(() => {
        for (const [path, average] of averages) this.move(average, values.get(keyOf(path))!.value);
      }),
    );
  }

  /**
   * A model like `model` whose averaged Variables are those of this EMA, so that it changes with each update; what
   * is not averaged it shares with `model`.
   *
   * @param model the model, or any view of it
   * @throws GraphStructureError when it has not the Variables that are averaged
   */
  applyTo<M>(model: M): M {
    const [graphdef, own] = split(model);
    const averages = new Map(iterVariables(this.params).map((entry) => [keyOf(entry[0]), entry]));
    const missing = new Set(averages.keys());
    const entries = own.entries.map(([path, leaf]) => {
      missing.delete(keyOf(path));
      return [path, averages.get(keyOf(path))?.[1] ?? leaf] as const;
    });
    if (missing.size > 0) throw differs([...missing], []);
    return merge(graphdef, new State(entries));
  }

  private move(average: Variable, value: tf.Tensor): void {
    average.value =
      average.dtype === "float32"
        ? linearCombination(this.decay, average.value, 1 - this.decay, value)
        : value.clone();
  }
}

function selected(model: object, only: Filter): (readonly [Path, Variable])[] {
  return state(model, only).entries.map(([path, leaf]) => {
    if (isVariable(leaf)) return [path, leaf];
    throw new InvalidArgumentError(
      `EMA: expected Variables, got a plain tensor at ${formatPath(path)}. ` +
        `Select what is averaged: new EMA(model, decay, { only: Param }).`,
    );
  });
}

/** Copies of the Variables as nested `Map`s, which keep the indices of lists apart from names. */
function treeOf(entries: readonly (readonly [Path, Variable])[]): VariableTree {
  const root = new Map<Key, VariableTree>();
  for (const [path, variable] of entries) {
    const copy = copyVariable(variable);
    if (path.length === 0) return copy;
    let branch = root;
    for (const key of path.slice(0, -1)) {
      // Paths of a State end at leaves, so what stands at the beginning of one is a Map.
      const next = (branch.get(key) ?? new Map<Key, VariableTree>()) as Map<Key, VariableTree>;
      branch.set(key, next);
      branch = next;
    }
    branch.set(path.at(-1)!, copy);
  }
  return root;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

function assertSamePaths(averages: readonly Path[], values: readonly string[]): void {
  const expected = new Set(averages.map(keyOf));
  const unexpected = values.filter((key) => !expected.delete(key));
  if (expected.size > 0 || unexpected.length > 0) throw differs([...expected], unexpected);
}

function differs(missing: readonly string[], unexpected: readonly string[]): GraphStructureError {
  return new GraphStructureError(
    `EMA: expected a model with the Variables that the EMA was made from.` +
      (missing.length > 0 ? ` Missing: ${pathNames(missing)}.` : "") +
      (unexpected.length > 0 ? ` Not averaged: ${pathNames(unexpected)}.` : "") +
      ` Give that model or a view of it, or make a new one: new EMA(model, decay).`,
  );
}

function pathNames(keys: readonly string[]): string {
  return keys.map((key) => formatPath(JSON.parse(key) as Path)).join(", ");
}

function assertSameShape(path: Path, average: Variable, value: Variable): void {
  if (average.shape.join() === value.shape.join() && average.dtype === value.dtype) return;
  const [expected, found] = [average, value].map(({ dtype, shape }) => `${dtype}[${shape.join(", ")}]`);
  throw new ShapeMismatchError(
    `EMA: expected ${expected} at ${formatPath(path)}, as it was when the EMA was made, got ${found}. ` +
      `Make a new one: new EMA(model, decay).`,
  );
}
