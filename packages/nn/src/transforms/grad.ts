/** @file Gradients of functions whose arguments are tensors and models. */
import * as tf from "@tensorflow/tfjs-core";
import { classNameOf } from "../class-name.ts";
import { InvalidArgumentError } from "../errors.ts";
import { assertFunction } from "../function-argument.ts";
import { iterVariables } from "../graph/iterate.ts";
import { type Coverage, cover, coverageOf, narrowed, WHOLE } from "../graph/coverage.ts";
import { named } from "../graph/filter-names.ts";
import { All, type Filter, type Predicate, toPredicate } from "../graph/filters.ts";
import { formatPath, isVariable, kindOf, type Path } from "../graph/kinds.ts";
import { State } from "../graph/state.ts";
import { guesses } from "../near-miss.ts";
import { atBoundary } from "../module/boundary.ts";
import { Param } from "../variable/types.ts";
import { isOwned } from "../variable/store.ts";
import { borrowingVariable, type Variable } from "../variable/variable.ts";
import { keepTensors } from "./keep-tensors.ts";
import { DiffState } from "./diff-state.ts";
import { differentiate } from "./tape.ts";

/** One argument to differentiate: its index, or a {@link DiffState}. */
export type Argnum = number | DiffState;

/** One argument or several. */
export type Argnums = Argnum | readonly Argnum[];

type GradientOf<A> = A extends tf.Tensor ? A : State<Variable>;
type ArgumentAt<Args extends readonly unknown[], N> = N extends DiffState
  ? State<Variable>
  : N extends keyof Args
    ? GradientOf<Args[N]>
    : N extends number
      ? GradientOf<Args[N]>
      : never;

/** The gradient for each argument that `N` names: a tensor for a tensor, a State for anything with Variables. */
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
 * State of Variables of the same classes that hold the gradients, zeros for what the loss does not reach. `f` may
 * close over other models, random streams and tensors. Writes to Variables inside (batch statistics, random counts)
 * stay; when `f` throws, none does.
 *
 * The caller owns the results: run it inside `tf.tidy`, or dispose of loss and gradients.
 *
 * ```ts
 * const [loss, grads] = valueAndGrad((model: MyModel) => tf.mean(model.forward(x)))(model);
 * ```
 *
 * @throws InvalidArgumentError when the loss is no float32 scalar, an argnum is repeated or has nothing to
 *   differentiate
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
  assertOptions(options);
  const { argnums = 0, hasAux = false } = options;
  const wanted = asDiffStates(argnums);
  return (...args) =>
    atBoundary(args, () => {
      const targets = wanted.map((diff) => findTarget(diff, args));
      assertDistinct(targets);
      // A copy of each tensor argument, so that the same tensor elsewhere counts as a constant, as in JAX.
      const copies = targets.map((target) => (target.tensor ? target.tensor.clone() : undefined));
      const inputs = [...args];
      for (const [i, copy] of copies.entries()) if (copy) inputs[wanted[i]!.argnum] = copy;
      const xs = targets.flatMap(
        ({ variables }, i) => copies[i] ?? variables.map(([, variable]) => variable.value),
      );

      let aux: ReturnType<typeof keepTensors> | undefined;
      try {
        const { value, gradients } = differentiate(() => {
          const result = f(...inputs);
          if (!hasAux) return result as tf.Tensor;
          const [loss, extra] = asPair(result);
          aux = keepTensors(extra);
          return loss;
        }, xs);
        let next = 0;
        const grads = targets.map(({ variables, coverage }, i) => {
          if (copies[i]) return gradients[next++];
          const state = new State(
            variables.map(([path, variable]) => [path, borrowingVariable(variable, gradients[next++]!)]),
          );
          return cover(state, coverage);
        });
        return [aux ? [value, aux.release()] : value, Array.isArray(argnums) ? grads : grads[0]];
      } catch (error) {
        aux?.discard();
        throw error;
      } finally {
        // A Variable may have taken one.
        for (const copy of copies) if (copy && !isOwned(copy)) copy.dispose();
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

/** What one argnum stands for: a tensor argument, or Variables. */
interface Target {
  readonly tensor: tf.Tensor | undefined;
  readonly variables: readonly (readonly [Path, Variable])[];
  /** What the gradients stand for. */
  readonly coverage: Coverage;
}

/** An argument to differentiate; without a filter, it is for the argument to say which of its Variables. */
interface Wanted {
  readonly argnum: number;
  readonly filter?: Filter | undefined;
}

const OPTIONS = ["argnums", "hasAux"];

function assertOptions(options: unknown): void {
  const isObject = typeof options === "object" && options !== null && !Array.isArray(options) && !(options instanceof DiffState); // prettier-ignore
  if (isObject) {
    const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
    if (unknown === undefined) return;
    throw new InvalidArgumentError(
      [`valueAndGrad: expected the options ${OPTIONS.join(" and ")}, got ${unknown}.`, ...guesses([unknown], OPTIONS)].join(" "), // prettier-ignore
    );
  }
  const found = JSON.stringify(options);
  throw new InvalidArgumentError(
    `valueAndGrad: expected an object of options, got ${found}. Write { argnums: ${typeof options === "number" ? found : "[0, 1]"} }.`, // prettier-ignore
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

function findTarget({ argnum, filter }: Wanted, args: readonly unknown[]): Target {
  const arg = args[argnum];
  if (arg instanceof tf.Tensor) {
    if (arg.dtype === "float32") return { tensor: arg, variables: [], coverage: WHOLE };
    throw new InvalidArgumentError(
      `Gradient only defined for float32 inputs: argument ${argnum} is ${arg.dtype}. Use tf.cast(x, "float32").`,
    );
  }
  const isState = arg instanceof State;
  if (!isState && kindOf(arg) === "static") {
    throw new InvalidArgumentError(
      `Expected a tensor or a model as argument ${argnum}, got ${arg === null ? "null" : typeof arg}. ` +
        `Name the arguments to differentiate: { argnums: [0, 1] }.`,
    );
  }
  const selects = toPredicate(filter ?? (isState || Param));
  const all = isState ? variablesOf(arg) : iterVariables(arg);
  const isWanted = trainableOf(selects);
  const variables = all.filter(([path, variable]) => isWanted(path, variable));
  for (const [path, variable] of variables) {
    const { dtype } = variable;
    if (dtype === "float32") continue;
    // By its name, so that its class need not come.
    const kept = classNameOf(variable) === "QuantizedParam" ? "LoRAParam" : "Param";
    throw new InvalidArgumentError(
      `Gradient only defined for float32 Variables: ${formatPath(path)} is ${dtype}. Leave it out by a filter: ` +
        `{ argnums: new DiffState(${argnum}, ${kept}) }.`,
    );
  }
  return { tensor: undefined, variables, coverage: narrowed(isState ? coverageOf(arg) : WHOLE, isWanted) };
}

/** What of the selection is trained, by the selection. */
const trained = new WeakMap<Predicate, Predicate>();

function trainableOf(selects: Predicate): Predicate {
  let predicate = trained.get(selects);
  if (!predicate) trained.set(selects, (predicate = All(isTrainable, selects)));
  return predicate;
}

const isTrainable = named(
  (_path: Path, leaf: unknown) => isVariable(leaf) && !leaf.isFrozen,
  "Trainable",
  findTarget,
);

function variablesOf(state: State): [Path, Variable][] {
  return state.entries.flatMap(([path, leaf]): [Path, Variable][] =>
    isVariable(leaf) ? [[path, leaf]] : [],
  );
}

/** A Variable in two arguments would have its gradient given twice. */
function assertDistinct(targets: readonly Target[]): void {
  const seen = new Map<Variable, Path>();
  for (const [path, variable] of targets.flatMap(({ variables }) => variables)) {
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

function asPair(result: unknown): [tf.Tensor, unknown] {
  if (Array.isArray(result) && result.length === 2) return result as [tf.Tensor, unknown];
  throw new InvalidArgumentError(`With hasAux the function must return [loss, aux], got ${typeof result}.`);
}
