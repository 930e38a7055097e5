import { Module, OptState, Param, State } from "@nnx-js/nn";
import {
  adam,
  type AdamState,
  adamw,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  type EmptyState,
  type GradientTransformation,
  injectHyperparams,
  linearSchedule,
  lookahead,
  masked,
  MultiSteps,
  namedChain,
  Optimizer,
  partition,
  scale,
  scaleByAdam,
  type Schedule,
  setToZero,
  sgd,
  skipNotFinite,
  trace,
  type TraceState,
  treeMap,
  type ModelUpdateArguments,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

class Model extends Module {
  readonly w = new Param(tf.zeros([2]));
}

class Other extends Module {
  readonly v = new Param(tf.zeros([2]));
}

const model = new Model();
const optimizer = new Optimizer(model, adam(1e-3), { wrt: Param });

// The model's type is inferred and asked for again by update.
expectTypeOf(optimizer).toExtend<Optimizer<Model>>();
expectTypeOf(optimizer.optState[0].count).toEqualTypeOf<OptState>();
expectTypeOf<Parameters<typeof optimizer.update>>().toEqualTypeOf<
  [model: Model, grads: State, args?: ModelUpdateArguments<Model> | undefined]
>();
expectTypeOf<ReturnType<typeof optimizer.update>>().toBeVoid();
// @ts-expect-error another model
optimizer.update(new Other(), new State());
// @ts-expect-error the gradients are missing
optimizer.update(model);
// @ts-expect-error the filter is required
expectTypeOf(new Optimizer(model, adam(1e-3), {})).toBeObject();
// @ts-expect-error the options are required
expectTypeOf(new Optimizer(model, adam(1e-3))).toBeObject();
// @ts-expect-error a misspelt option
expectTypeOf(new Optimizer(model, adam(1e-3), { wtr: Param })).toBeObject();

// Every transformation can be a link of a chain, whose state is a tuple.
const tx = chain(clipByGlobalNorm(1), scaleByAdam(), trace(0.9), scale(-1));
expectTypeOf(tx.init({})).toExtend<readonly [EmptyState, AdamState, TraceState, EmptyState]>();
expectTypeOf(tx).toExtend<GradientTransformation>();

// Updates keep the type of the parameters.
const params = { w: tf.tensor1d([1, 2]), list: [tf.scalar(1)] };
const state = tx.init(params);
const [updates, next] = tx.update(params, state, params);
expectTypeOf(updates).toEqualTypeOf(params);
expectTypeOf(next).toEqualTypeOf(state);
expectTypeOf(applyUpdates(params, updates)).toEqualTypeOf(params);
expectTypeOf(treeMap((a, b) => tf.add(a, b), params, updates)).toEqualTypeOf(params);

// Options are checked, and may be handed on as undefined.
adam(1e-3, { b1: undefined });
adamw(1e-3, { mask: { w: true, list: [false] } });
sgd(1e-3, { momentum: 0.9, nesterov: true });
// @ts-expect-error Optax's Python spelling
adamw(1e-3, { weight_decay: 0.1 });
// @ts-expect-error a learning rate is required
adam();
// @ts-expect-error a string is no learning rate
sgd("0.1");

// A learning rate may be a function of the step.
const schedule: Schedule = (step) => tf.div(1, tf.add(step, 1));
adam(schedule);
adam((step) => {
  expectTypeOf(step).toEqualTypeOf<tf.Scalar>();
  return 0.1;
});

// The numbers that are injected are known by name, in the state and in an Optimizer's.
const injected = injectHyperparams(adamw)({ learningRate: linearSchedule(0.1, 0, 10), weightDecay: 0.1 });
expectTypeOf(injected.init({}).hyperparams.weightDecay).toExtend<tf.Tensor>();
expectTypeOf(injected.init({}).innerState[0]).toExtend<AdamState>();
const { optState } = new Optimizer(model, new MultiSteps(injected, 2), { wrt: Param });
expectTypeOf(optState.innerOptState.hyperparams.learningRate).toEqualTypeOf<OptState>();
// @ts-expect-error it was not given
void injected.init({}).hyperparams.b1;
// @ts-expect-error no option of adamw
injectHyperparams(adamw)({ learningRate: 0.1, momentum: 0.9 });
// @ts-expect-error the learning rate is missing
injectHyperparams(adamw)({ weightDecay: 0.1 });
// @ts-expect-error flags are no schedules
injectHyperparams(sgd)({ learningRate: 0.1, nesterov: linearSchedule(0, 1, 2) });
injectHyperparams(sgd)({ learningRate: 0.1, nesterov: true, momentum: linearSchedule(0, 1, 2) });
const own = injectHyperparams(({ rate, by }: { rate: number | tf.Scalar; by?: string }) => {
  expectTypeOf(by).toEqualTypeOf<string | undefined>();
  return scale(rate);
})({ rate: () => 0.1 });
expectTypeOf(own.init({}).hyperparams).toEqualTypeOf<{ readonly rate: tf.Tensor }>();

// Groups keep the types of their states, by place or by label; labels are those of the transformations.
const groups = partition([
  [true, adam(0.1)],
  [null, trace(0.9)],
]);
expectTypeOf(groups.init({}).innerStates[1]).toExtend<TraceState>();
const labelled = partition({ slow: trace(0.9), still: setToZero() }, { w: "slow", b: "still" });
expectTypeOf(labelled.init({}).innerStates.slow).toExtend<TraceState>();
// @ts-expect-error no such label
partition({ slow: trace(0.9) }, { w: "fast" });
// @ts-expect-error labels are missing
partition({ slow: trace(0.9) });

const named = namedChain(["clip", clipByGlobalNorm(1)], ["momentum", trace(0.9)]);
expectTypeOf(named.init({}).momentum).toExtend<TraceState>();
// @ts-expect-error no such name
void named.init({}).adam;
expectTypeOf(masked(trace(0.9), true).init({}).innerState).toExtend<TraceState>();
expectTypeOf(lookahead(trace(0.9), 5, 0.5).init({}).fastState).toExtend<TraceState>();
const gathering = new MultiSteps(trace(0.9), 3, { shouldSkipUpdateFn: skipNotFinite });
expectTypeOf(gathering.init({}).skipState.numNotFinite).toExtend<tf.Tensor>();
expectTypeOf(gathering).toExtend<GradientTransformation>();

// Transformations of several types.
declare const either: boolean;
expectTypeOf(new Optimizer(model, either ? adam(0.1) : sgd(0.1), { wrt: Param })).toExtend<
  Optimizer<Model>
>();
