/** @file The training step of each example does compiled what it does as it is. */
import { All, iterVariables, LoRAParam, Not, Param, Rngs, select } from "@nnx-js/nn";
import { Optimizer, sgd } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { CNN } from "../src/cnn/model.ts";
import type { Classifier } from "../src/digits/classifier.ts";
import { DigitClassifier } from "../src/digits/model.ts";
import * as digits from "../src/digits/step.ts";
import { MyModel } from "../src/guide/model.ts";
import { withAdapters as withQueryAdapters } from "../src/embed/adapters.ts";
import * as embed from "../src/embed/finetune.ts";
import { BertEncoder } from "../src/embed/model.ts";
import * as guide from "../src/guide/training.ts";
import { withAdapters } from "../src/lora/adapters.ts";
import { CharTransformer } from "../src/names/model.ts";
import * as names from "../src/names/train.ts";

/** What one side of a comparison trains, and how. */
interface Side {
  /** Everything that a step writes. */
  readonly state: object;
  readonly step: () => tf.Tensor;
}

/** A model on which plain steps follow the slope: Adam would make whole steps of rounding errors. */
const optimizerOf = <M extends object>(model: M) =>
  new Optimizer(model, sgd(0.05, { momentum: 0.9 }), { wrt: Param });

function classifierSide(create: (rngs: Rngs) => Classifier, isCompiled: boolean): Side {
  const model = create(new Rngs(0));
  const optimizer = optimizerOf(model);
  const images = new Rngs(1).uniform([6, 784]) as tf.Tensor2D;
  const labels = tf.tensor1d([3, 1, 4, 1, 5, 9], "int32");
  const step = isCompiled ? digits.trainStep : digits.plainTrainStep;
  return { state: { model, optimizer }, step: () => step(model, optimizer, images, labels) };
}

const EXAMPLES: Readonly<Record<string, (isCompiled: boolean) => Side>> = {
  guide(isCompiled) {
    const rngs = new Rngs(0);
    const model = new MyModel(16, 32, 2, 0.1, { rngs });
    const optimizer = optimizerOf(model);
    const [x, y] = [new Rngs(1).normal([32, 16]), new Rngs(2).normal([32, 2])];
    const step = isCompiled ? guide.trainStep : guide.plainTrainStep;
    return { state: { model, optimizer, rngs }, step: () => step(model, optimizer, x, y, rngs) };
  },
  digits: (isCompiled) =>
    classifierSide((rngs) => new DigitClassifier({ widths: [24, 16], rngs }), isCompiled),
  cnn: (isCompiled) => classifierSide((rngs) => new CNN({ features: [4, 6], width: 12, rngs }), isCompiled),
  lora: (isCompiled) =>
    classifierSide((rngs) => {
      const model = withAdapters(new DigitClassifier({ widths: [24, 16], rngs }), { rank: 3, rngs });
      select(model)
        .where(All(Param, Not(LoRAParam)))
        .freeze();
      return model;
    }, isCompiled),
  names(isCompiled) {
    const model = new CharTransformer({
      vocabulary: 7,
      length: 6,
      features: 8,
      heads: 2,
      rngs: new Rngs(0),
    });
    const optimizer = optimizerOf(model);
    const trained = view(model, { deterministic: false });
    const tokens = tf.tensor2d([1, 2, 3, 0, 0, 0, 6, 5, 4, 3, 2, 1], [2, 6], "int32");
    const batch = { tokens, lengths: tf.tensor1d([3, 6], "int32") };
    const step = isCompiled ? names.trainStep : names.plainTrainStep;
    return { state: { model, optimizer }, step: () => step(trained, optimizer, batch) };
  },
  embed(isCompiled) {
    const rngs = new Rngs(0);
    const sizes = { vocabulary: 9, positions: 6, segments: 2, features: 8, hiddenFeatures: 12 };
    const config = { ...sizes, heads: 2, blocks: 2, epsilon: 1e-12 };
    const model = withQueryAdapters(new BertEncoder(config, { rngs }), { rngs });
    select(model)
      .where(All(Param, Not(LoRAParam)))
      .freeze();
    const optimizer = optimizerOf(model);
    const step = isCompiled ? embed.trainStep : embed.plainTrainStep;
    const batch = {
      tokens: rngs.randint([4, 6], 1, 9) as tf.Tensor2D,
      mask: tf.tensor2d(
        [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0],
        [4, 6],
        "int32",
      ),
      labels: tf.tensor1d([0, 1, 0, 1], "int32"),
    };
    return { state: { model, optimizer }, step: () => step(model, optimizer, batch) };
  },
};

test.each(Object.keys(EXAMPLES))("%s learns the same, compiled and plain", async (name) => {
  const [plain, compiled] = [false, true].map((isCompiled) => EXAMPLES[name]!(isCompiled)) as [Side, Side];
  for (let i = 0; i < 3; i++) {
    const expected = tf.tidy(plain.step);
    await expect(compiled.step(), `loss of step ${i}`).toBeAllClose(expected);
  }
  const others = new Map(
    [...iterVariables(plain.state)].map(([path, variable]) => [path.join("."), variable.value]),
  );
  for (const [path, { value }] of iterVariables(compiled.state)) {
    // Sums are taken in another order, and normalising a few pictures divides by small deviations.
    await expect(value, path.join(".")).toBeAllClose(others.get(path.join("."))!, { atol: 1e-5 });
  }
});
