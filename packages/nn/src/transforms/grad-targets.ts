/** @file What gradients are taken of: a tensor, the Variables of a model, or all that is in a tree of those. */
import * as tf from "@tensorflow/tfjs-core";
import { classNameOf } from "../class-name.ts";
import { InvalidArgumentError } from "../errors.ts";
import { type Coverage, cover, coverageOf, narrowed, WHOLE } from "../graph/coverage.ts";
import { named } from "../graph/filter-names.ts";
import { All, type Filter, type Predicate, toPredicate } from "../graph/filters.ts";
import { iterVariables } from "../graph/iterate.ts";
import { formatPath, isContainer, isVariable, kindOf, type Path } from "../graph/kinds.ts";
import { mapLeaves } from "../graph/map-leaves.ts";
import { State } from "../graph/state.ts";
import { Param } from "../variable/types.ts";
import { borrowingVariable, type Variable } from "../variable/variable.ts";
import { assertAlive } from "./alive.ts";

/** An argument to differentiate; without a filter, it is for the argument to say which of its Variables. */
export interface Wanted {
  readonly argnum: number;
  readonly filter?: Filter | undefined;
}

interface Selected {
  readonly entries: readonly (readonly [Path, Variable])[];
  readonly coverage: Coverage;
}

/** What one argument stands for. */
export interface Target {
  /** The argument, with copies of its tensors, so that the same tensors elsewhere count as constants, as in JAX. */
  readonly input: unknown;
  readonly copies: readonly tf.Tensor[];
  /** Where each Variable stands. */
  readonly variables: ReadonlyMap<Variable, Path>;
  /** What is differentiated. */
  readonly xs: readonly tf.Tensor[];
  /** What `next` gives for one after the other of `xs`, in the form of the argument. */
  gradients(next: () => tf.Tensor): unknown;
}

/**
 * What is differentiated of an argument: of a tree with tensors in it each leaf by itself, otherwise all Variables.
 *
 * @throws InvalidArgumentError where there is nothing to differentiate, or what is no float32
 */
export function targetOf({ argnum, filter }: Wanted, args: readonly unknown[]): Target {
  const arg = args[argnum];
  const copies: tf.Tensor[] = [];
  const xs: tf.Tensor[] = [];
  const variables = new Map<Variable, Path>();
  const gradients: Target["gradients"][] = [];
  const isTree = filter === undefined && holdsTensor(arg);
  const visit = (leaf: unknown, path: Path): unknown => {
    if (leaf instanceof tf.Tensor) {
      const copy = copyOf(leaf, `argument ${formatPath([argnum, ...path])}`);
      copies.push(copy);
      xs.push(copy);
      gradients.push((next) => next());
      return copy;
    }
    if (isTree && kindOf(leaf) === "static" && !(leaf instanceof State)) {
      gradients.push(() => undefined);
      return leaf;
    }
    const { entries, coverage } = select(leaf, argnum, filter);
    // What stands in several leaves belongs to the first, as in Flax.
    const own = entries.filter(([, variable]) => !variables.has(variable));
    for (const [below, variable] of own) {
      variables.set(variable, [...path, ...below]);
      xs.push(variable.value);
    }
    gradients.push((next) =>
      cover(
        new State(own.map(([below, variable]) => [below, borrowingVariable(variable, next())])),
        coverage,
      ),
    );
    return leaf;
  };
  const each = (run: (leaf: unknown, path: Path) => unknown) => (isTree ? mapLeaves(arg, run) : run(arg, []));
  return {
    input: each(visit),
    copies,
    variables,
    xs,
    gradients(next) {
      let at = 0;
      return each(() => gradients[at++]!(next));
    },
  };
}

/** Whether a tree has tensors that no Module, Variable or State holds. */
function holdsTensor(tree: unknown): boolean {
  let holds = false;
  if (isContainer(tree)) mapLeaves(tree, (leaf) => (holds ||= leaf instanceof tf.Tensor));
  return holds;
}

function copyOf(tensor: tf.Tensor, place: string): tf.Tensor {
  assertAlive(tensor, () => `grad: ${place}`);
  if (tensor.dtype === "float32") return tensor.clone();
  throw new InvalidArgumentError(
    `Gradient only defined for float32 inputs: ${place} is ${tensor.dtype}. Use tf.cast(x, "float32"), or pass it as ` +
      "another argument.",
  );
}

/** The Variables of an argument, or of a leaf of one. */
function select(arg: unknown, argnum: number, filter: Filter | undefined): Selected {
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
  return { entries: variables, coverage: narrowed(isState ? coverageOf(arg) : WHOLE, isWanted) };
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
  select,
);

function variablesOf(state: State): [Path, Variable][] {
  return state.entries.flatMap(([path, leaf]): [Path, Variable][] =>
    isVariable(leaf) ? [[path, leaf]] : [],
  );
}
