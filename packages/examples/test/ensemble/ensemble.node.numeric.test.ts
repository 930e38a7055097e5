/** @file Models that are trained at once are those that are trained one by one, and calibration is what it is called. */
import { Param, Rngs, state, Variable } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { plainTrainStep } from "../../src/digits/step.ts";
import { DigitClassifier } from "../../src/digits/model.ts";
import { calibrationOf } from "../../src/ensemble/calibration.ts";
import { Ensemble, ensembleStep, MODELS } from "../../src/ensemble/train.ts";

test("training at once is training one by one", async () => {
  const options = { widths: [6], dropoutRate: 0.3 };
  const models = new Ensemble({ ...options, rngs: new Rngs(0) });
  const alone = new Rngs(0).split(MODELS).map((rngs) => new DigitClassifier({ ...options, rngs }));
  const images = tf.randomUniform<tf.Rank.R2>([5, 784], 0, 1, "float32", 3);
  const labels = tf.tensor1d([1, 2, 3, 4, 5], "int32");
  const optimizer = new Optimizer(models, adam(1e-2), { wrt: Param });
  const optimizers = alone.map((model) => new Optimizer(model, adam(1e-2), { wrt: Param }));
  for (let step = 0; step < 2; step++) {
    ensembleStep(models, optimizer, images, labels);
    for (const [i, model] of alone.entries()) plainTrainStep(model, optimizers[i]!, images, labels);
  }
  for (const [path, param] of state(models, Variable)) {
    const separate = alone.map((model) => state(model, Variable).leaf(...path).value);
    if (param.value.dtype !== "float32") continue;
    await expect(param.value, path.join(".")).toBeAllClose(tf.stack(separate), { rtol: 1e-4, atol: 1e-5 });
  }
});

test("the calibration error is the distance of confidence and accuracy", () => {
  const rows = [0.95, 0.05, 0.92, 0.08, 0.4, 0.6, 0.35, 0.65];
  const { accuracy, error, bins } = calibrationOf(rows, [0, 1, 1, 1], { classes: 2 });
  expect(accuracy).toBe(0.75);
  expect(bins[9]).toEqual({ confidence: (0.95 + 0.92) / 2, accuracy: 0.5, count: 2 });
  expect(error).toBeCloseTo((0.5 * (0.95 + 0.92)) / 2 - 0.25 + 0.5 * (1 - 0.625));
});
