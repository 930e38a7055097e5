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
  Optimizer,
  scale,
  scaleByAdam,
  type Schedule,
  sgd,
  trace,
  type TraceState,
  treeMap,
  type UpdateArguments,
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
expectTypeOf<Parameters<typeof optimizer.update>>().toEqualTypeOf<[Model, State, UpdateArguments?]>();
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
