import { Linear, Param, Rngs, State } from "@nnx-js/nn";
import {
  type AdamState,
  adafactor,
  type ChainState,
  cosineDecaySchedule,
  type DecayState,
  dog,
  type GradientTransformation,
  lbfgs,
  lion,
  type LionState,
  mechanize,
  type MechanicState,
  momo,
  muon,
  Optimizer,
  polyakSgd,
  rmsprop,
  sam,
  type SamState,
  scheduleFree,
  scheduleFreeAdamw,
  scheduleFreeEvalParams,
  sgd,
  sophia,
  sm3,
  type Tree,
  yogi,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

// The learning rate is first, or a schedule of it; all else are options by name, which may be undefined.
lion(cosineDecaySchedule(1e-3, 100), { weightDecay: undefined, mask: { kernel: true, bias: false } });
rmsprop(1e-3, { centered: true, momentum: 0.9, initialScale: 1 });
adafactor(null, { clippingThreshold: null, weightDecayRate: cosineDecaySchedule(1e-3, 100) });
adafactor();
// @ts-expect-error Optax's Python spelling
rmsprop(1e-3, { initial_scale: 1 });
// @ts-expect-error momentum is an option
sm3(1e-3, 0.9);
// @ts-expect-error a learning rate is required
yogi();
// @ts-expect-error no such variant
polyakSgd(1, { variant: "sps-" });
// @ts-expect-error no such first step
dog(1, { initStep: ["guess", 1] });

// Dimension numbers are shaped as the parameters; one may stand for a subtree.
muon(0.02, { muonWeightDimensionNumbers: { a: null, b: { reductionAxis: [0, 1], outputAxis: -1 } } });
// @ts-expect-error no such preset
muon(0.02, { nsCoeffs: "best" });

// States have types.
expectTypeOf(lion(1e-3).init({})).toExtend<ChainState<readonly [LionState, DecayState, Tree]>>();
expectTypeOf(yogi(1e-3).init({})[0]).toEqualTypeOf<AdamState>();
expectTypeOf(mechanize(yogi(1)).init({})).toExtend<MechanicState>();
expectTypeOf(sam(sgd(0.1), sgd(0.1)).init({})).toExtend<SamState>();
expectTypeOf(lbfgs()).toExtend<GradientTransformation>();
expectTypeOf(scheduleFree(sgd(0.1), 0.1).init({}).z).toEqualTypeOf<Tree>();

// An Optimizer is told functions of its model.
const model = new Linear(2, 1, { rngs: new Rngs(0) });
const optimizer = new Optimizer(model, lbfgs(), { wrt: Param });
const loss = (net: Linear) => tf.mean<tf.Scalar>(net.forward(tf.ones([1, 2])));
optimizer.update(model, new State(), { value: tf.scalar(1), valueFn: loss });
new Optimizer(model, sophia(1e-3), { wrt: Param }).update(model, new State(), { objFn: loss });
new Optimizer(model, momo(), { wrt: Param }).update(model, new State(), { value: tf.scalar(1) });
// @ts-expect-error a function of another model
optimizer.update(model, new State(), { valueFn: (net: { other: Param }) => net.other.value });

const free = new Optimizer(model, scheduleFreeAdamw(), { wrt: Param });
expectTypeOf(scheduleFreeEvalParams(free.optState, { kernel: tf.ones([2, 1]) })).toEqualTypeOf<{
  kernel: tf.Tensor;
}>();
