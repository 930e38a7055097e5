/** @file `vmap`: functions of one example, model or task, for many at once. */
import type * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { isPytree } from "../../graph/kinds.ts";
import type { Pytree } from "../../module/pytree.ts";
import { atBoundary } from "../../module/boundary.ts";
import { guesses } from "../../near-miss.ts";
import type { State } from "../../graph/state.ts";
import type { Variable } from "../../variable/variable.ts";
import { StateAxes } from "../state-axes.ts";
import type { LaneAxes } from "./axes.ts";
import { runLanes } from "./run-lanes.ts";
import { isModuleClass, type ModuleClass } from "./module-class.ts";
import { stackedClass, type VmapClassOptions } from "./stacked-class.ts";

/** `T` with an axis more, or less, in each tensor: the rank is not known any more. */
export type InLanes<T> = T extends tf.Tensor
  ? tf.Tensor
  : T extends State | Pytree | Variable
    ? T
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: InLanes<T[K]> }
      : T extends (...args: never[]) => unknown
        ? T
        : T extends Record<string, unknown>
          ? { [K in keyof T]: InLanes<T[K]> }
          : T;

/** Options of {@link vmap}. */
export interface VmapOptions<Args extends readonly unknown[] = readonly unknown[]> {
  /**
   * Where the lanes are in the arguments: one for all of them, or an array with one for each. An axis, negative from
   * the end; null for what all lanes share; `StateAxes` for a model; or arrays and objects of those. Default 0.
   */
  inAxes?: number | null | StateAxes | { readonly [K in keyof Args]: LaneAxes } | undefined;
  /** Where the lanes are to be in the result, in the same way; null for what is the same in all. Default 0. */
  outAxes?: LaneAxes | undefined;
  /** How many lanes there are, also none; needed only where no argument has an axis. */
  axisSize?: number | undefined;
  /** A name for the lanes, by which `pmean`, `psum` and BatchNorm's option `axisName` work over them. */
  axisName?: string | undefined;
}

const OPTIONS = ["inAxes", "outAxes", "axisSize", "axisName"];

/**
 * `fn`, written for one lane (an example, a model, a task), as a function of many: what `fn` would give for each of
 * them, stacked. It runs once, on tensors without the axis of the lanes, and each kernel that it launches becomes one for
 * all lanes. It can be differentiated, compiled and mapped again.
 *
 * ```ts
 * const perExample = vmap(grad(loss), { inAxes: [null, 0, 0] }); // (model, x, y)
 * const predictions = vmap((model: MLP, x: tf.Tensor) => model.forward(x), { inAxes: [0, null] })(ensemble, x);
 * ```
 *
 * A model in the arguments is used in place: Variables with an axis are stacked, those with null are shared. What `fn`
 * writes to one that is shared, or closed over, must be the same in all lanes. Random streams need an axis, too, to
 * draw differently in each lane: see `splitRngs`. A model that `fn` makes has Variables with the axis: an ensemble.
 *
 * What `fn` reads in JavaScript (`dataSync`, branches on values) has no value, as under `jit`. A kernel without a
 * batching rule runs lane by lane; the text of `jit(…).lower(…)` says which.
 *
 * Of a class of Modules it makes a class whose instances are several models, made with random keys of their own; their
 * methods run in lanes, with the arguments as `inAxes` says.
 *
 * ```ts
 * const Ensemble = vmap(MLP, { axisSize: 8, inAxes: null }); // all get the same input
 * const models = new Ensemble(784, 10, { rngs });
 * models.forward(x); // [8, n, 10]
 * ```
 *
 * @throws InvalidArgumentError, ShapeMismatchError for axes that do not fit, and for a write to a shared Variable; no
 *   Variable has changed then
 * @see jax.vmap, flax.nnx.vmap
 */
export function vmap<C extends ModuleClass>(Class: C, options: VmapClassOptions): C;
export function vmap<Args extends unknown[], R>(
  fn: (...args: Args) => R,
  options?: VmapOptions<NoInfer<Args>>,
): (...args: { [K in keyof Args]: InLanes<Args[K]> }) => InLanes<R>;
export function vmap(
  fn: ModuleClass | ((...args: unknown[]) => unknown),
  options?: VmapOptions | VmapClassOptions,
): unknown {
  if (isModuleClass(fn)) return stackedClass(fn, options as VmapClassOptions);
  assertFunction(fn, "vmap", "vmap((model, x) => model.forward(x), { inAxes: [null, 0] })");
  const { inAxes = 0, outAxes = 0, axisSize, axisName } = checkedOptions(options as VmapOptions);
  const name = fn.name || "fn";
  return (...args: unknown[]) => {
    const axesOf = (index: number): LaneAxes =>
      Array.isArray(inAxes) ? (inAxes[index] as LaneAxes) : inAxes;
    if (Array.isArray(inAxes) && inAxes.length !== args.length) {
      throw new InvalidArgumentError(
        `vmap(${name}): expected inAxes for each of the ${args.length} arguments, found ${inAxes.length}.`,
      );
    }
    const run = () =>
      runLanes({
        fn,
        args,
        inAxes: axesOf,
        outAxes,
        axisSize,
        axisName,
        name,
      });
    return atBoundary(args, run);
  };
}

function checkedOptions(options: VmapOptions = {}): VmapOptions {
  const given: unknown = options;
  const isObject =
    typeof given === "object" && given !== null && !Array.isArray(given) && !(given instanceof StateAxes);
  if (!isObject || isPytree(given)) {
    throw new InvalidArgumentError(
      `vmap: expected an object of options, got ${JSON.stringify(given) ?? typeof given}. Write ` +
        `{ inAxes: ${JSON.stringify(given) ?? 0} }.`,
    );
  }
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      [
        `vmap: expected the options ${OPTIONS.join(", ")}, got ${unknown}.`,
        ...guesses([unknown], OPTIONS),
      ].join(" "),
    );
  }
  const { axisSize, axisName } = options;
  if (axisSize !== undefined && !(Number.isInteger(axisSize) && axisSize >= 0)) {
    throw new InvalidArgumentError(`vmap: expected an integer of at least 0 for axisSize, got ${axisSize}.`);
  }
  if (axisName !== undefined && typeof axisName !== "string") {
    throw new InvalidArgumentError(`vmap: expected a string for axisName, got ${typeof axisName}.`);
  }
  return options;
}
