/** @file Hyperparameters as state, which can be changed from outside and by schedules. */
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { assertFunction, assertOptions, found } from "../checked-arguments.ts";
import { asInjected, type Hyperparameter } from "../hyperparameter.ts";
import type { LearningRate, Schedule } from "../schedules/schedule.ts";
import { nextValue, type ScheduleState, startOfSchedule } from "../transform/scale-by-schedule.ts";
import { assertTransformation, type GradientTransformation } from "../transformation.ts";
import { isBranch, type Tree } from "../tree.ts";
import { takesRateFirst } from "./takes-rate-first.ts";

/** Makes a transformation: of a learning rate and options, as `adam` does, or of one object, as `scaleByAdam` does. */
// Parameters are contravariant: `never` admits every factory.
export type TransformationFactory = (...args: never[]) => GradientTransformation;

/** Options whose numbers may also be schedules. */
export type WithSchedules<O> = { [K in keyof O]: number extends O[K] ? O[K] | Schedule : O[K] };

/** What `injectHyperparams(factory)` takes: the factory's options, with its learning rate among them. */
export type HyperparametersOf<F extends TransformationFactory> = F extends (
  first: infer A,
  options?: infer O,
) => GradientTransformation
  ? number extends A
    ? (undefined extends A ? { learningRate?: LearningRate } : { learningRate: LearningRate }) &
        (unknown extends O ? unknown : WithSchedules<NonNullable<O>>)
    : WithSchedules<NonNullable<A>>
  : never;

/** The names of those hyperparameters that are numbers or schedules. */
export type InjectedNames<H> = {
  [K in keyof H]-?: H[K] extends LearningRate ? K & string : never;
}[keyof H];

/** The state of {@link injectHyperparams}. */
export type InjectHyperparamsState<S extends Tree = Tree, Names extends string = string> = {
  /** The number of updates so far: int32 `[]`. */
  readonly count: tf.Tensor;
  /** The values of the last update, and of the next unless a schedule gives another: float32 `[]`. */
  readonly hyperparams: { readonly [K in Names]: tf.Tensor };
  /** The counts of the schedules. */
  readonly hyperparamsStates: { readonly [name: string]: ScheduleState };
  readonly innerState: S;
};

/** Options of {@link injectHyperparams}. */
export interface InjectHyperparamsOptions {
  /** Names of numbers and functions that are handed on as they are, such as a number of iterations. */
  staticArgs?: readonly string[] | undefined;
}

/**
 * `innerFactory` with its numbers as state: `state.hyperparams.learningRate` can be set from outside, and a compiled
 * step sees it without being compiled again. Schedules may stand for numbers; what they say cannot be set.
 *
 * ```ts
 * const tx = injectHyperparams(adamw)({ learningRate: 1e-3, weightDecay: linearSchedule(0.1, 0, 1000) });
 * const optimizer = new Optimizer(model, tx, { wrt: Param });
 * optimizer.optState.hyperparams.learningRate.value = tf.scalar(1e-4);
 * ```
 *
 * State are the numbers that are given: name a default that is to be changed later. Functions count as schedules,
 * unless their name ends in `mask` or `fn`, or stands in `staticArgs`.
 *
 * @param innerFactory takes a learning rate and options, as the optimisers do, or one object. Others are wrapped:
 *   `injectHyperparams(({ maxNorm }: { maxNorm: Hyperparameter }) => clipByGlobalNorm(maxNorm))({ maxNorm: 1 })`.
 * @see optax.inject_hyperparams
 */
export function injectHyperparams<F extends TransformationFactory>(
  innerFactory: F,
  options: InjectHyperparamsOptions = {},
): <const H extends HyperparametersOf<F>>(
  // What the factory does not know is an error.
  hyperparams: H & { readonly [K in Exclude<keyof H, keyof HyperparametersOf<F>>]: never },
) => GradientTransformation<
  InjectHyperparamsState<ReturnType<F> extends GradientTransformation<infer S> ? S : Tree, InjectedNames<H>>
> {
  assertFunction(innerFactory, "injectHyperparams", "injectHyperparams(sgd)({ learningRate: 0.1 })");
  assertOptions(options, "injectHyperparams", { staticArgs: true });
  const staticArgs = Object.freeze([...(options.staticArgs ?? [])]);
  return (hyperparams) => {
    // The signature says what the state holds.
    return inject(innerFactory, hyperparams, staticArgs) as never;
  };
}

type Values = Readonly<Record<string, unknown>>;

function inject(
  innerFactory: TransformationFactory,
  hyperparams: Values,
  staticArgs: readonly string[],
): GradientTransformation<InjectHyperparamsState> {
  if (!isBranch(hyperparams as Tree)) {
    throw new InvalidArgumentError(
      `injectHyperparams: expected an object of hyperparameters, got ${found(hyperparams)}. ` +
        `Write injectHyperparams(sgd)({ learningRate: 0.1 }).`,
    );
  }
  const given: Values = Object.freeze({ ...hyperparams });
  const { numbers, schedules, others } = sorted(given, staticArgs);
  const isRateFirst = takesRateFirst(innerFactory, given);
  const make = (values: Values): GradientTransformation => {
    const all = { ...others, ...values };
    // The types of a factory are erased here; the signature has checked them.
    const factory = innerFactory as (...args: unknown[]) => GradientTransformation;
    const { learningRate, ...rest } = all as Values & { learningRate?: unknown };
    const tx = isRateFirst ? factory(learningRate, rest) : factory(all);
    assertTransformation(tx, "injectHyperparams", "injectHyperparams(sgd)({ learningRate: 0.1 })");
    return tx;
  };
  const transformation: GradientTransformation<InjectHyperparamsState> = {
    init(params) {
      const values = {
        ...mapValues(numbers, asTensor),
        ...mapValues(schedules, (schedule, name) =>
          asTensor(nextValue(schedule, startOfSchedule(), name)[0]),
        ),
      };
      return {
        count: tf.scalar(0, "int32"),
        hyperparams: values,
        hyperparamsStates: mapValues(schedules, startOfSchedule),
        innerState: asInjected(() => make(values).init(params)),
      };
    },
    update(updates, state, params, args) {
      const scheduled = mapValues(schedules, (schedule, name) =>
        nextValue(schedule, state.hyperparamsStates[name]!, name),
      );
      const values = {
        ...state.hyperparams,
        ...mapValues(scheduled, ([value]) => asTensor(value)),
      };
      const [changed, innerState] = asInjected(() =>
        make(values).update(updates, state.innerState, params, args),
      );
      return [
        changed,
        {
          count: random.increment(state.count),
          hyperparams: values,
          hyperparamsStates: mapValues(scheduled, ([, next]) => next),
          innerState,
        },
      ];
    },
  };
  return madeBy(transformation, injectHyperparams, [innerFactory, given, staticArgs]);
}

/** What stays as it is, by name: masks and functions that are no schedules. */
const STATIC_NAME = /(mask|fn)$/i;

function sorted(values: Values, staticArgs: readonly string[]) {
  const numbers: Record<string, Hyperparameter> = {};
  const schedules: Record<string, Schedule> = {};
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (staticArgs.includes(name)) others[name] = value;
    else if (typeof value === "number") numbers[name] = value;
    else if (value instanceof tf.Tensor && value.rank === 0) numbers[name] = value as tf.Scalar;
    // The signature admits schedules only.
    else if (typeof value === "function" && !STATIC_NAME.test(name)) schedules[name] = value as Schedule;
    else others[name] = value;
  }
  return { numbers, schedules, others };
}

/** A scalar of its own. */
function asTensor(value: Hyperparameter): tf.Tensor {
  return typeof value === "number" ? tf.scalar(value) : tf.cast(value, "float32").clone();
}

function mapValues<A, B>(
  object: Readonly<Record<string, A>>,
  fn: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, fn(value, name)]));
}
