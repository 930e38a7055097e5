/** @file Models that are trained in lanes, each by an optimiser of its own, become those of Flax. */
import { BatchNorm, BatchStat, Dropout, Linear, Module, Param, Rngs, splitRngs, StateAxes, valueAndGrad, vmap } from "@nnx-js/nn"; // prettier-ignore
import { adam, adamw, chain, clipByGlobalNorm, exponentialDecay, type GradientTransformation, Optimizer, sgd } from "@nnx-js/optim"; // prettier-ignore
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { casesOf, expectArrays, expectLosses, expectMade, figures, WAYS } from "./ways.ts";

const N = 3;

class Net extends Module {
  readonly lin1: Linear;
  readonly norm: BatchNorm;
  readonly dropout: Dropout;
  readonly lin2: Linear;

  constructor({ rngs, axisName }: { rngs: Rngs; axisName?: string | undefined }) {
    super();
    // A bias before a batch norm has no gradient but rounding, which optimisers would blow up.
    this.lin1 = new Linear(4, 6, { useBias: false, rngs });
    this.norm = new BatchNorm(6, { momentum: 0.9, axisName, rngs });
    this.dropout = new Dropout(0.25, { rngs });
    this.lin2 = new Linear(6, 2, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.lin2.forward(this.dropout.forward(tf.tanh(this.norm.forward(this.lin1.forward(x)))));
  }
}

const OPTIMISERS: Record<string, () => GradientTransformation> = {
  sgd: () => sgd(0.1, { momentum: 0.9, nesterov: true }),
  adam: () => adam(0.02),
  // The norm is that of each lane.
  clipped: () => chain(clipByGlobalNorm(0.5), adamw(0.02, { weightDecay: 0.1 })),
  schedule: () => adam(exponentialDecay(0.05, 2, 0.5)),
  "shared statistics": () => adam(0.02),
};

const step = (model: Net, optimizer: Optimizer<Net>, x: tf.Tensor, y: tf.Tensor): tf.Tensor => {
  const lossOf = (m: Net) => tf.mean<tf.Scalar>(tf.square(tf.sub(m.forward(x), y)));
  const [value, grads] = valueAndGrad(lossOf)(model);
  optimizer.update(model, grads);
  return value;
};

describe.each(WAYS)("%s", (_, wrap) => {
  test.each(casesOf(figures.ensembles, "clipped"))(
    "$name",
    async ({ name, before, losses, after, steps }) => {
      const isShared = name === "shared statistics";
      const axisName = isShared ? "lane" : undefined;
      const axes = new StateAxes([
        [BatchStat, isShared ? null : 0],
        [true, 0],
      ]);
      const make = vmap((rngs: Rngs) => new Net({ rngs, axisName }), { outAxes: axes });
      const models = splitRngs({ splits: N })(make)(new Rngs({ params: 11, dropout: 12 }));
      await expectMade(models, before);
      const own = (model: Net) => new Optimizer(model, OPTIMISERS[name]!(), { wrt: Param });
      const optimizers = vmap(own, { inAxes: [axes] })(models);
      const train = wrap(vmap(step, { inAxes: [axes, 0, 0, null], axisName }));
      const [x, y] = [wave([N, 8, 4], 1.3), wave([8, 2], 0.9, 0.5)];
      const found = Array.from({ length: 4 }, () => train(models, optimizers, x, y));
      await expectLosses(found, losses);
      await expectArrays(models, after);
      await expect(optimizers.step.value).toBeAllClose(steps, { rtol: 0, atol: 0 });
    },
  );
});
