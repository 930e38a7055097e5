/** @file Gradients of functions whose arguments are tensors and models. */
import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions } from "../checked-arguments.ts";
import { InvalidArgumentError } from "../errors.ts";
import { assertFunction } from "../function-argument.ts";
import { formatPath, type Path } from "../graph/kinds.ts";
import { mapLeaves } from "../graph/map-leaves.ts";
import type { State } from "../graph/state.ts";
import { atBoundary } from "../module/boundary.ts";
import type { Pytree } from "../module/pytree.ts";
import { isOwned } from "../variable/store.ts";
import type { Variable } from "../variable/variable.ts";
import { assertAlive } from "./alive.ts";
import type { Derivative } from "./derivatives/types.ts";
import { DiffState } from "./diff-state.ts";
import { type Target, targetOf, type Wanted } from "./grad-targets.ts";
import { keepTensors } from "./keep-tensors.ts";
import { differentiate } from "./tape.ts";

/** One argument to differentiate: its index, or a {@link DiffState}. */
export type Argnum = number | DiffState;

/** One argument or several. */
export type Argnums = Argnum | readonly Argnum[];

/** Whether a tree has tensors that no Module, Variable or State holds. */
type HoldsTensor<T, Depth extends unknown[] = []> = Depth["length"] extends 8
  ? false
  : T extends tf.Tensor
    ? true
    : T extends State | Pytree | Variable | ((...args: never[]) => unknown)
      ? false
      : T extends readonly (infer Item)[]
        ? HoldsTensor<Item, [...Depth, 0]>
        : T extends ReadonlyMap<unknown, infer Item>
          ? HoldsTensor<Item, [...Depth, 0]>
          : T extends object
            ? { [K in keyof T]: HoldsTensor<T[K], [...Depth, 0]> }[keyof T]
            : false;

type GradientOf<A> = A extends tf.Tensor ? A : true extends HoldsTensor<A> ? Derivative<A> : State<Variable>;
type ArgumentAt<Args extends readonly unknown[], N> = N extends DiffState
  ? State<Variable>
  : N extends keyof Args
    ? GradientOf<Args[N]>
    : N extends number
      ? GradientOf<Args[N]>
      : never;

/**
 * The gradient for each argument that `N` names: a tensor for a tensor, a tree for a tree with tensors in it, a State
 * for anything else with Variables.
 */
export type Gradients<Args extends readonly unknown[], N extends Argnums> = N extends readonly Argnum[]
  ? { -readonly [K in keyof N]: ArgumentAt<Args, N[K]> }
  : ArgumentAt<Args, N>;

/** Options of {@link grad} and {@link valueAndGrad}. */
export interface GradOptions<N extends Argnums, Aux extends boolean> {
  /** The arguments to differentiate: an index, a {@link DiffState}, or an array of those. Default 0. */
  argnums?: N | undefined;
  /** Whether the function returns `[loss, aux]`. Default false. */
  hasAux?: Aux | undefined;
}

/**
 * A function that gives value and gradient of `f`: `[loss, grads]`, with `hasAux` `[[loss, aux], grads]`.
 *
 * A tensor argument gets a tensor. A model (or anything with Variables below it) is differentiated with respect to
 * its `Param`s, a State with respect to all its Variables, or either to those that a `DiffState` selects; it gets a
 * State of Variables of the same classes that hold the gradients, zeros for what the loss does not reach. Arrays, `Map`s
 * and plain objects with tensors in them get the same tree of gradients: a tensor for a tensor, a State for a model,
 * undefined for what is neither. `f` may close over other models, random streams and tensors. Writes to Variables inside (batch statistics, random counts)
 * stay; when `f` throws, none does.
 *
 * The caller owns the results: run it inside `tf.tidy`, or dispose of loss and gradients.
 *
 * ```ts
 * const [loss, grads] = valueAndGrad((model: MyModel) => tf.mean(model.forward(x)))(model);
 * ```
 *
 * @throws InvalidArgumentError when the loss is no float32 scalar, an argnum is repeated or has nothing to
 *   differentiate, or a tensor to differentiate is no float32 or was disposed of
 * @see flax.nnx.value_and_grad
 */
// First the overload of a pair: the compiler reads an array that is written in place as what the first one wants.
export function valueAndGrad<Args extends unknown[], Loss extends tf.Tensor, A, const N extends Argnums = 0>(
  f: (...args: Args) => readonly [Loss, A],
  options: GradOptions<N, true> & { hasAux: true },
): (...args: Args) => [[Loss, A], Gradients<Args, N>];
export function valueAndGrad<Args extends unknown[], Loss extends tf.Tensor, const N extends Argnums = 0>(
  f: (...args: Args) => Loss,
  options?: GradOptions<N, false>,
): (...args: Args) => [Loss, Gradients<Args, N>];
export function valueAndGrad(
  f: (...args: unknown[]) => unknown,
  options: GradOptions<Argnums, boolean> = {},
): (...args: unknown[]) => [unknown, unknown] {
  assertFunction(f, "valueAndGrad", "valueAndGrad((model) => tf.mean(model.forward(x)))(model)");
  assertNoArgnums(options);
  assertKnownOptions(options, ["argnums", "hasAux"], "valueAndGrad");
  const { argnums = 0, hasAux = false } = options;
  const wanted = asDiffStates(argnums);
  return (...args) =>
    atBoundary(args, () => {
      const targets = wanted.map((each) => targetOf(each, args));
      assertDistinct(targets);
      const inputs = [...args];
      for (const [i, { input }] of targets.entries()) inputs[wanted[i]!.argnum] = input;

      let aux: ReturnType<typeof keepTensors> | undefined;
      try {
        const { value, gradients } = differentiate(
          () => {
            const result = f(...inputs);
            if (!hasAux) return result as tf.Tensor;
            const [loss, extra] = asPair(result);
            aux = keepTensors(extra);
            return loss;
          },
          targets.flatMap(({ xs }) => xs),
        );
        let at = 0;
        const grads = targets.map((target) => target.gradients(() => gradients[at++]!));
        return [aux ? [value, aux.release()] : value, Array.isArray(argnums) ? grads : grads[0]];
      } catch (error) {
        aux?.discard();
        throw explained(error, args);
      } finally {
        // A Variable may have taken one.
        for (const copy of targets.flatMap(({ copies }) => copies)) if (!isOwned(copy)) copy.dispose();
      }
    });
}

/**
 * A function that gives the gradient of `f`; with `hasAux`, `[grads, aux]`. Everything else as
 * {@link valueAndGrad}.
 *
 * ```ts
 * optimizer.update(model, grad(lossFn)(model));
 * ```
 *
 * @see flax.nnx.grad
 */
// First the overload of a pair, as above.
export function grad<Args extends unknown[], A, const N extends Argnums = 0>(
  f: (...args: Args) => readonly [tf.Tensor, A],
  options: GradOptions<N, true> & { hasAux: true },
): (...args: Args) => [Gradients<Args, N>, A];
export function grad<Args extends unknown[], const N extends Argnums = 0>(
  f: (...args: Args) => tf.Tensor,
  options?: GradOptions<N, false>,
): (...args: Args) => Gradients<Args, N>;
export function grad(
  f: (...args: unknown[]) => unknown,
  options: GradOptions<Argnums, boolean> = {},
): (...args: unknown[]) => unknown {
  // One implementation serves both overloads.
  const both = valueAndGrad(f as (...args: unknown[]) => tf.Tensor, options as GradOptions<Argnums, false>);
  return (...args) => {
    const [value, grads]: [unknown, unknown] = both(...args);
    const [loss, aux] = options.hasAux ? (value as [tf.Tensor, unknown]) : [value as tf.Tensor];
    loss.dispose();
    return options.hasAux ? [grads, aux] : grads;
  };
}

/** What stands in place of the options says most likely what to differentiate. */
function assertNoArgnums(options: unknown): void {
  if (typeof options !== "number" && !Array.isArray(options)) return;
  const found = JSON.stringify(options);
  throw new InvalidArgumentError(
    `valueAndGrad: expected an object of options, got ${found}. Write { argnums: ${found} }.`,
  );
}

function asDiffStates(argnums: Argnums): Wanted[] {
  const list: readonly Argnum[] =
    typeof argnums === "number" || argnums instanceof DiffState ? [argnums] : argnums;
  const diffs: Wanted[] = list.map((argnum) => (typeof argnum === "number" ? { argnum } : argnum));
  for (const [i, { argnum }] of diffs.entries()) {
    if (!Number.isInteger(argnum) || argnum < 0) {
      throw new InvalidArgumentError(`argnums: expected indices of arguments, got ${argnum}.`);
    }
    if (diffs.findIndex((other) => other.argnum === argnum) !== i) {
      throw new InvalidArgumentError(
        `argnum ${argnum} is repeated in argnums. Select several kinds of Variable by one filter: ` +
          `new DiffState(${argnum}, [Param, BatchStat]).`,
      );
    }
  }
  return diffs;
}

/** A Variable in two arguments would have its gradient given twice. */
function assertDistinct(targets: readonly Target[]): void {
  const seen = new Map<Variable, Path>();
  for (const [variable, path] of targets.flatMap(({ variables }) => [...variables])) {
    const other = seen.get(variable);
    if (other) {
      throw new InvalidArgumentError(
        `Two differentiated arguments share a Variable, at ${formatPath(other)} and at ${formatPath(path)}. ` +
          `Differentiate one of them; gradients flow through the other as well.`,
      );
    }
    seen.set(variable, path);
  }
}

/** What TensorFlow.js means by an error of its own: it asks for the backend of a tensor that is not there any more. */
function explained(error: unknown, args: readonly unknown[]): unknown {
  if (!(error instanceof TypeError && error.message.includes("backend"))) return error;
  mapLeaves(args, (leaf, path) => {
    if (leaf instanceof tf.Tensor) assertAlive(leaf, () => `grad: argument ${formatPath(path)}`);
  });
  const about = new InvalidArgumentError(
    "grad: expected a tensor with values, found one that was disposed of, which the function closes over or disposed of " +
      "itself. Dispose of it after the call.",
  );
  return Object.assign(about, { cause: error });
}

function asPair(result: unknown): [tf.Tensor, unknown] {
  if (Array.isArray(result) && result.length === 2) return result as [tf.Tensor, unknown];
  throw new InvalidArgumentError(`With hasAux the function must return [loss, aux], got ${typeof result}.`);
}
