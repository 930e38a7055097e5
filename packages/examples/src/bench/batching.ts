/** @file Times of what runs in lanes: an ensemble beside one wide model, gradients per example beside the ordinary one. */
import { jit } from "@nnx-js/jit";
import {
  grad,
  Param,
  Rngs,
  RngState,
  splitRngs,
  type State,
  StateAxes,
  valueAndGrad,
  vmap,
} from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { MyModel } from "../guide/model.ts";
import { clippedMean } from "../dp-sgd/clip.ts";
import { type Candidate, measure, type MeasureOptions, timeRuns } from "./measure.ts";
import { aligned, time, times } from "./report.ts";
import { perceptron, WORKLOADS } from "./workloads/all.ts";
import { LEARNING_RATE, setUp, stepOf } from "./workloads/workload.ts";

const MODELS = 32;

/** What was measured of one way, and how it compares with the first of its kind. */
export interface BatchingTime {
  readonly what: string;
  readonly milliseconds: number;
  readonly ratio: number;
}

const candidate = (name: string, run: () => tf.Tensor): Candidate => ({
  name,
  time: (runs) =>
    timeRuns(
      () => run().dispose(),
      () => Promise.resolve(),
      runs,
    ),
});

/** A step of Adam of a model of 32 times the width, and of 32 models: as many products each. */
function ensembleSteps(): Candidate[] {
  const { guide } = WORKLOADS;
  const { inDim, hiddenDim, outDim, dropoutRate } = guide.sizes;
  const wide = perceptron("wide", { ...guide.sizes, hiddenDim: MODELS * hiddenDim });
  const one = setUp(wide);
  const wideStep = jit(stepOf(wide));
  const make = (rngs: Rngs) => new MyModel(inDim, hiddenDim, outDim, dropoutRate, { rngs });
  const models = splitRngs({ splits: MODELS })(vmap(make))(new Rngs(0));
  const optimizer = new Optimizer(models, adam(LEARNING_RATE), { wrt: Param });
  const losses = vmap(
    (model: MyModel, rngs: Rngs, x: tf.Tensor, y: tf.Tensor) => guide.loss(model.forward(x, { rngs }), y),
    { inAxes: [0, new StateAxes([[RngState, 0]]), null, null] },
  );
  const step = jit(function ensembleStep(
    model: MyModel,
    state: typeof optimizer,
    rngs: Rngs,
    x: tf.Tensor,
    y: tf.Tensor,
  ) {
    using _streams = splitRngs(rngs, { splits: MODELS });
    const [loss, grads] = valueAndGrad((all: MyModel) => tf.sum(losses(all, rngs, x, y)))(model);
    state.update(model, grads);
    return loss;
  });
  const rngs = new Rngs(1);
  return [
    candidate(`one model of ${MODELS} times the width`, () =>
      wideStep(one.model, one.optimizer, one.x, one.y, one.rngs),
    ),
    candidate(`${MODELS} models`, () => step(models, optimizer, rngs, one.x, one.y)),
  ];
}

/** The gradient of a batch of the mlp, those of its examples, and these clipped and averaged. */
function gradients(): Candidate[] {
  const { mlp } = WORKLOADS;
  const setup = setUp(mlp);
  const { x, y } = setup;
  const model = setup.model as MyModel;
  // Statistics of a batch have no gradient per example.
  model.bn.useRunningAverage = true;
  model.do.deterministic = true;
  const loss = (m: MyModel, input: tf.Tensor, wanted: tf.Tensor) => mlp.loss(m.forward(input), wanted);
  const perExample = vmap(grad(loss), { inAxes: [null, 0, 0] });
  const candidateOf = (
    name: string,
    f: (m: MyModel, input: tf.Tensor, wanted: tf.Tensor) => State,
  ): Candidate => {
    const compiled = jit(f);
    const run = () => compiled(model, x, y).dispose();
    return { name, time: (runs) => timeRuns(run, () => Promise.resolve(), runs) };
  };
  return [
    candidateOf("the gradient of a batch of 128", grad(loss)),
    candidateOf("the gradients of its examples, clipped and averaged", (m, input, wanted) =>
      clippedMean(perExample(m, input, wanted), 1),
    ),
    candidateOf("the gradients of its examples", perExample),
  ];
}

/** Times those of each kind, in turns. */
export async function batchingTimes(options: MeasureOptions): Promise<BatchingTime[][]> {
  const found: BatchingTime[][] = [];
  for (const pair of [ensembleSteps(), gradients()]) {
    const measured = await measure(pair, options);
    found.push(measured.map(({ name, milliseconds, ratio }) => ({ what: name, milliseconds, ratio })));
  }
  return found;
}

/** The figures as a table. */
export function describeBatchingTimes(found: readonly (readonly BatchingTime[])[]): string {
  return found
    .map((pair) => {
      const rows = pair.map(({ what, milliseconds, ratio }) => [what, time(milliseconds), times(ratio)]);
      return [...aligned([["compiled", "ms", "of the first"], ...rows]), ""].join("\n");
    })
    .join("\n");
}
