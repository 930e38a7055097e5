/** @file Sharpness-aware minimisation. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy, MissingArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { copyOf } from "../transform/scale-by-schedule.ts";
import { zeroCount } from "../transform/count.ts";
import { requireParams } from "../transform/required.ts";
import { choose, norm } from "../transform/tree-math.ts";
import {
  assertTransformation,
  type EmptyState,
  type GradientTransformation,
  stateless,
  type UpdateArguments,
} from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";

/**
 * All updates together of length 1; zeros stay zeros (Optax: NaN).
 *
 * @see optax.contrib.normalize
 */
export function normalize(): GradientTransformation<EmptyState> {
  const normalized = stateless((updates) => {
    const length = norm(updates);
    const divisor = tf.where(tf.equal(length, 0), tf.scalar(1), length);
    return treeMap((update) => tf.div(update, divisor), updates);
  });
  return madeBy(normalized, normalize, []);
}

/**
 * What `sam` remembers: the number of updates since the last real one (int32 `[]`), the states of both optimisers and,
 * unless it is opaque, the parameters that the last real update gave.
 */
export type SamState<S extends Tree = Tree, A extends Tree = Tree> = {
  readonly stepsSinceSync: tf.Tensor;
  readonly optState: S;
  readonly advState: A;
  readonly cache?: Tree;
};

/** Options of {@link sam}. */
export interface SamOptions {
  /** Every which update is a real one; those between climb. Default 2. */
  syncPeriod?: number | undefined;
  /** Whether the state of the climb begins anew with each real update. Default `true`. */
  resetState?: boolean | undefined;
  /** Whether one update climbs and descends, by the option `gradFn` of the update. Default `false`. */
  opaqueMode?: boolean | undefined;
}

/**
 * Descends by the gradients at the worst parameters nearby, which `advOptimizer` climbs to: flat minima generalise.
 *
 * Each second update is the real one; that before moves the parameters up, to where the next gradients are taken.
 *
 * ```ts
 * const tx = sam(sgd(0.1), chain(normalize(), sgd(0.05)));
 * ```
 *
 * With `opaqueMode` an update does both, by gradients that it asks for itself:
 * `tx.update(grads, state, params, { gradFn: (params, i) => gradients at params })`.
 *
 * @throws MissingArgumentError by `update` without `params`, or in opaque mode without `gradFn`
 * @see optax.contrib.sam; Foret et al., Sharpness-aware minimization for efficiently improving generalization, 2020
 */
export function sam<S extends Tree, A extends Tree>(
  optimizer: GradientTransformation<S>,
  advOptimizer: GradientTransformation<A>,
  options: SamOptions = {},
): GradientTransformation<SamState<S, A>> {
  const repair = "sam(sgd(0.1), chain(normalize(), sgd(0.05)))";
  assertTransformation(optimizer, "sam", repair);
  assertTransformation(advOptimizer, "sam", repair);
  assertOptions(options, "sam", { syncPeriod: true, resetState: true, opaqueMode: true });
  const { syncPeriod = 2, resetState = true, opaqueMode = false } = options;
  assertPeriod(syncPeriod);
  const parts: Parts<S, A> = { optimizer, advOptimizer, syncPeriod, resetState };
  const transformation: GradientTransformation<SamState<S, A>> = {
    init: (params) => ({
      stepsSinceSync: zeroCount(),
      optState: optimizer.init(params),
      advState: advOptimizer.init(params),
      ...(opaqueMode ? {} : { cache: params }),
    }),
    update(updates, state, given, args) {
      const params = requireParams(given, "sam");
      if (opaqueMode) return updateAtOnce(parts, updates, state, params, args);
      return updateInTurn(parts, updates, state, params, args);
    },
  };
  return madeBy(transformation, sam, [optimizer, advOptimizer, syncPeriod, resetState, opaqueMode]);
}

interface Parts<S extends Tree, A extends Tree> {
  readonly optimizer: GradientTransformation<S>;
  readonly advOptimizer: GradientTransformation<A>;
  readonly syncPeriod: number;
  readonly resetState: boolean;
}

/** Climbs, or returns to the cached parameters and descends from there. */
function updateInTurn<T extends Tree, S extends Tree, A extends Tree>(
  { optimizer, advOptimizer, syncPeriod, resetState }: Parts<S, A>,
  updates: T,
  state: SamState<S, A>,
  params: Tree,
  args: UpdateArguments | undefined,
): [T, SamState<S, A>] {
  // A state that is not opaque has one.
  const cached = state.cache!;
  const step = copyOf(state.stepsSinceSync);
  const isFirst = tf.equal(step, tf.scalar(0, "int32"));
  const isLast = tf.equal(step, tf.scalar(syncPeriod - 1, "int32"));
  const [climb, climbed] = advOptimizer.update(updates, state.advState, params, args);
  const [descent, descended] = optimizer.update(updates, state.optState, cached, args);
  const back = treeMap((change, from, to) => tf.add(tf.sub(to, from), change), descent, params, cached);
  const up = treeMap((change) => tf.neg(change), climb);
  const begun = resetState ? advOptimizer.init(params) : state.advState;
  return [
    choose(isLast, back, up),
    {
      stepsSinceSync: tf.where(isLast, tf.scalar(0, "int32"), tf.add(step, tf.scalar(1, "int32"))),
      optState: choose(isLast, descended, state.optState),
      advState: choose(isLast, begun, climbed),
      cache: choose(isFirst, params, cached),
    },
  ];
}

/** Climbs by gradients that are asked for, then descends. */
function updateAtOnce<T extends Tree, S extends Tree, A extends Tree>(
  { optimizer, advOptimizer, syncPeriod, resetState }: Parts<S, A>,
  updates: T,
  state: SamState<S, A>,
  params: Tree,
  args: UpdateArguments | undefined,
): [T, SamState<S, A>] {
  const gradFn = gradFnOf(args);
  let [gradients, advState, place]: [T, A, Tree] = [updates, state.advState, params];
  for (let i = 0; i < syncPeriod - 1; i++) {
    const [climb, climbed] = advOptimizer.update(gradients, advState, place, args);
    place = treeMap((x, change) => tf.sub(x, change), place, climb);
    // Gradients are shaped as the parameters, and those as the updates.
    gradients = gradFn(place, i) as T;
    advState = climbed;
  }
  if (resetState) advState = advOptimizer.init(params);
  const [steps, optState] = optimizer.update(gradients, state.optState, params, args);
  return [steps, { stepsSinceSync: zeroCount(), optState, advState }];
}

function gradFnOf(args: UpdateArguments | undefined): (params: Tree, i: number) => Tree {
  const gradFn = args?.["gradFn"];
  // What it gives is checked by whoever takes it.
  if (typeof gradFn === "function") return gradFn as (params: Tree, i: number) => Tree;
  throw new MissingArgumentError(
    "sam: expected gradFn in opaque mode, got none. Write tx.update(grads, state, params, { gradFn }), where " +
      "gradFn gives the gradients at the parameters it gets.",
  );
}

function assertPeriod(syncPeriod: number): void {
  if (Number.isInteger(syncPeriod) && syncPeriod >= 1) return;
  throw new InvalidArgumentError(
    `sam: expected syncPeriod to be an integer from 1, got ${String(syncPeriod)}.`,
  );
}
