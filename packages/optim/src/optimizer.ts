/** @file The optimiser of a model: its state as Variables, its updates in place. */
import {
  atBoundary,
  type Filter,
  InvalidArgumentError,
  isVariable,
  MissingArgumentError,
  OptState,
  type Path,
  Pytree,
  type State,
} from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { applyUpdates } from "./apply-updates.ts";
import { leafAt, nest } from "./nest.ts";
import {
  assertSameModel,
  assertTrainable,
  type Entry,
  gradientsFor,
  select,
  selectTracked,
  type Tracked,
} from "./tracked.ts";
import { argumentsForTree, type ModelUpdateArguments } from "./model-arguments.ts";
import type { GradientTransformation } from "./transformation.ts";
import { mapLeaves, type Tree, type TreeOf } from "./tree.ts";

/** Options of {@link Optimizer}. */
export interface OptimizerOptions {
  /** Selects the Variables that are trained, for instance `Param`; frozen ones are left out. */
  wrt: Filter;
}

/** The state of a transformation with a Variable for each tensor; below ten levels of any structure. */
export type OptStateOf<S, Depth extends number = 10> = S extends tf.Tensor
  ? OptState
  : Depth extends 0
    ? TreeOf<OptState>
    : { readonly [K in keyof S]: OptStateOf<S[K], LessOne[Depth]> };

type LessOne = readonly [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/**
 * Trains the Variables of a model that `wrt` selects by a gradient transformation.
 *
 * ```ts
 * const optimizer = new Optimizer(model, adam(1e-3), { wrt: Param });
 * optimizer.update(model, grad(lossFn)(model));
 * ```
 *
 * It holds no model: paths tie the two, so any view of the model can be passed to `update`. Its own state are
 * `OptState` Variables, which `split`, `state` and `clone` see.
 *
 * @see flax.nnx.Optimizer
 */
export class Optimizer<M extends object = object, S extends Tree = Tree> extends Pytree {
  static override readonly name: string = "Optimizer";
  /** The number of updates so far: int32 `[]`. */
  readonly step: OptState;
  /** The transformation. */
  readonly tx: GradientTransformation<S>;
  /** The state of the transformation, with a Variable for each tensor. */
  readonly optState: OptStateOf<S>;
  /** The filter of trained Variables. */
  readonly wrt: Filter;
  declare private readonly tracked: readonly Tracked[];

  /**
   * @param model what is trained; it is not kept
   * @param tx for instance `adam(1e-3)`
   * @throws InvalidArgumentError when `wrt` selects nothing, or `tx` is no transformation
   * @throws DtypeError when `wrt` selects something that is not float32
   */
  constructor(model: M, tx: GradientTransformation<S>, options: OptimizerOptions);
  /** Of transformations of several types the state is a tree of any structure. */
  constructor(model: M, tx: GradientTransformation, options: OptimizerOptions);
  constructor(model: M, tx: GradientTransformation<S>, options: OptimizerOptions) {
    super();
    assertArguments(tx, options);
    const { wrt } = options;
    const variables = select(model, wrt);
    assertTrainable(model, variables);
    this.tx = tx;
    this.wrt = wrt;
    // Not enumerable: copied with the node, but neither shown nor compared.
    Object.defineProperty(this, "tracked", {
      value: Object.freeze(variables.map(([path, { shape }]) => trackedOf(path, shape))),
    });
    // It has the structure of the state, with a Variable for each tensor.
    this.optState = atBoundary([model], () => initialState(tx, variables)) as OptStateOf<S>;
    this.step = new OptState(tf.scalar(0, "int32"));
  }

  /**
   * One step: new values for the trained Variables of `model` and for the state. An update that throws changes
   * nothing. Gradients that are NaN make parameters NaN, as in Optax. What was frozen after the optimiser was made
   * keeps its value and counts as having gradients of zero; what is unfrozen later needs a new one.
   *
   * Differs from Flax: returns nothing, because updates that nobody takes would leak.
   *
   * @param model the model or any view of it
   * @param grads a gradient for each trained Variable; those of other paths are ignored. They stay the caller's.
   * @param args what the transformation asks for beside the gradients, such as `{ value: loss }`; functions of
   *   parameters are given as functions of the model
   * @throws GraphStructureError naming every path without a gradient, or every path that the model has gained or
   *   lost since the optimiser was made
   * @throws ShapeMismatchError when a gradient has not the shape of its parameter
   */
  update(model: M, grads: State, args?: ModelUpdateArguments<M>): void {
    atBoundary([model, this], () => {
      tf.tidy(() => {
        const variables = selectTracked(model, this.wrt, this.tracked);
        assertSameModel(variables, this.tracked);
        const gradients = gradientsFor(variables, grads);
        const params = paramsOf(variables);
        // Each Variable holds a tensor of the state.
        const state = mapLeaves(
          (_path, variable) => variable.value,
          this.optState as unknown as TreeOf<OptState>,
          [],
        ) as S;
        const told = args && argumentsForTree(model, variables, nest(gradients), args);
        const [updates, nextState] = this.tx.update(nest(gradients), state, params, told);
        const nextParams = applyUpdates(params, updates);

        for (const [path, variable] of variables) {
          if (!variable.isFrozen) variable.value = leafAt(nextParams, path);
        }
        this.writeState(nextState, new Set(gradients.map(([, gradient]) => gradient)));
        this.step.value = random.increment(this.step.value);
      });
    });
  }

  /** @param callers tensors that stay the caller's: the state gets copies of them */
  private writeState(nextState: Tree, callers: ReadonlySet<tf.Tensor>): void {
    const write = (_path: Path, variable: OptState, next: tf.Tensor) => {
      variable.value = callers.has(next) ? next.clone() : next;
    };
    mapLeaves<OptState, void, tf.Tensor>(write, this.optState, [nextState]);
  }
}

function initialState(tx: GradientTransformation, variables: readonly Entry[]): TreeOf<OptState> {
  let state: TreeOf<OptState> = [];
  tf.tidy(() => {
    state = mapLeaves((_path, leaf: tf.Tensor) => new OptState(leaf), tx.init(paramsOf(variables)), []);
  });
  return freezeTree(state);
}

/** Its structure stays what it is, and a compiler need not look whether it does. */
function freezeTree<T>(tree: T): T {
  if (typeof tree !== "object" || tree === null || isVariable(tree)) return tree;
  for (const child of Object.values(tree)) freezeTree(child);
  return Object.freeze(tree);
}

function paramsOf(variables: readonly Entry[]): Tree {
  return nest(variables.map(([path, variable]) => [path, variable.value]));
}

/** Frozen, so that a compiler need not look whether it has changed. */
function trackedOf(path: Path, shape: readonly number[]): Tracked {
  return Object.freeze({ path: Object.freeze([...path]), shape: Object.freeze([...shape]) });
}

/** What callers without types may get wrong. */
function assertArguments(
  tx: Partial<GradientTransformation>,
  options: Partial<OptimizerOptions> | undefined,
): void {
  if (typeof tx?.init !== "function" || typeof tx.update !== "function") {
    throw new InvalidArgumentError(
      `Optimizer: expected a gradient transformation, got ${typeof tx}. ` +
        `Write new Optimizer(model, adam(1e-3), { wrt: Param }).`,
    );
  }
  if (options?.wrt === undefined) {
    throw new MissingArgumentError(
      `Optimizer: expected the option wrt, which selects the Variables to train, got none. ` +
        `Write new Optimizer(model, tx, { wrt: Param }).`,
    );
  }
}
