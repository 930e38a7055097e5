/** @file The examples that can be exported to be trained elsewhere. */
import { All, LoRAParam, type Module, Not, Param, Rngs, select } from "@nnx-js/nn";
import { adam, adamw, cosineDecaySchedule, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { CNN } from "../cnn/model.ts";
import type { Classifier } from "../digits/classifier.ts";
import { loadDigits } from "../digits/data.ts";
import { crossEntropy } from "../digits/loss.ts";
import { DigitClassifier } from "../digits/model.ts";
import type { DigitsSplit } from "../digits/split.ts";
import { plainTrainStep as digitsStep } from "../digits/step.ts";
import { train as trainDigits } from "../digits/train.ts";
import type { MyModel } from "../guide/model.ts";
import { GUIDE, plainTrainStep as guideStep, setUpGuide } from "../guide/training.ts";
import { withAdapters } from "../lora/adapters.ts";
import { rotateDigits } from "../lora/rotate.ts";
import { loadNames } from "../names/data.ts";
import { namesLoss } from "../names/loss.ts";
import { CharTransformer } from "../names/model.ts";
import type { Names } from "../names/split.ts";
import { plainTrainStep as namesStep } from "../names/train.ts";
import { batchOf, type MakeTraining, type Training } from "./training.ts";

/** The mean squared error of an eval view. */
function judgeGuide(model: MyModel, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.mean(tf.square(tf.sub(model.forward(x), y)));
}

const guide: MakeTraining = ({ seed }) => {
  const { rngs, x, y, model, optimizer } = setUpGuide(seed);
  const batch = [batchOf(x, GUIDE.batchSize), batchOf(y, GUIDE.batchSize)];
  return Promise.resolve({
    step: {
      fn: guideStep,
      args: [view(model, { deterministic: false }), optimizer, ...batch, rngs],
      names: ["model", "optimizer", "x", "y", "rngs"],
    },
    evaluation: {
      fn: judgeGuide,
      args: [view(model, { deterministic: true }), x, y],
      names: ["model", "x", "y"],
    },
    state: { model, optimizer, rngs },
    data: { x, y },
    held: { x, y },
  });
};

/** Loss and accuracy of an eval view. */
function judgeDigits(model: Classifier, images: tf.Tensor, labels: tf.Tensor1D) {
  const logits = model.forward(images);
  const right = tf.equal(tf.argMax(logits, -1), labels);
  return { loss: crossEntropy(logits, labels), accuracy: tf.mean(tf.cast(right, "float32")) };
}

interface Views {
  readonly model: Classifier;
  readonly train: Classifier;
  readonly evaluation: Classifier;
}

/** The training of a classifier on digits. */
function onDigits(
  { model, train, evaluation }: Views,
  optimizer: Optimizer<Classifier>,
  digits: DigitsSplit,
  batchSize: number,
): Training {
  const batch = [batchOf(digits.train.images, batchSize), batchOf(digits.train.labels, batchSize)];
  return {
    step: {
      fn: digitsStep,
      args: [train, optimizer, ...batch],
      names: ["model", "optimizer", "images", "labels"],
    },
    evaluation: {
      fn: judgeDigits,
      args: [evaluation, digits.test.images, digits.test.labels],
      names: ["model", "images", "labels"],
    },
    state: { model, optimizer },
    data: digits.train,
    held: digits.test,
  };
}

/** Pictures to learn from. */
const PICTURES = 9000;

/** How a classifier is trained. */
interface ClassifierTraining {
  readonly create: (options: { rngs: Rngs }) => DigitClassifier | CNN;
  readonly learningRate: number;
  readonly batchSize: number;
}

/** A view of a model whose class, and with it its modes, are not known here: they are checked at run time. */
function inModes(model: Module, modes: { deterministic: boolean; useRunningAverage: boolean }): Classifier {
  return view(model, modes) as Classifier;
}

function classifier({ create, learningRate, batchSize }: ClassifierTraining): MakeTraining {
  return async ({ seed, epochs }) => {
    const digits = await loadDigits({ train: PICTURES, test: 1000, seed });
    const model = create({ rngs: new Rngs(seed) });
    const schedule = cosineDecaySchedule(learningRate, epochs * Math.floor(PICTURES / batchSize));
    const optimizer = new Optimizer<Classifier>(model, adamw(schedule, { weightDecay: 1e-2 }), {
      wrt: Param,
    });
    const views = {
      model,
      train: inModes(model, { deterministic: false, useRunningAverage: false }),
      evaluation: inModes(model, { deterministic: true, useRunningAverage: true }),
    };
    return onDigits(views, optimizer, digits, batchSize);
  };
}

/** Passes over the upright digits before the adapters learn the others. */
const BASE_EPOCHS = 3;

const lora: MakeTraining = async ({ seed }) => {
  const upright = await loadDigits({ train: PICTURES, test: 1000, seed });
  const rngs = new Rngs(seed);
  const base = new DigitClassifier({ rngs });
  const model = withAdapters(base, { rank: 8, rngs });
  await trainDigits(base, upright, { epochs: BASE_EPOCHS, seed });
  select(model)
    .where(All(Param, Not(LoRAParam)))
    .freeze();
  const optimizer = new Optimizer<Classifier>(model, adam(3e-3), { wrt: Param });
  const rotated = rotateDigits(upright);
  return onDigits({ model, train: model, evaluation: model }, optimizer, rotated, 100);
};

const NAMES_BATCH = 64;

/** Names by the paths that they have among the arguments. */
function byPath({ tokens, lengths }: Names): Training["data"] {
  return { "names.tokens": tokens, "names.lengths": lengths };
}

const names: MakeTraining = async ({ seed, epochs }) => {
  const { vocabulary, length, train, test } = await loadNames({ test: 800, seed });
  const model = new CharTransformer({ vocabulary: vocabulary.length, length, rngs: new Rngs(seed) });
  const steps = epochs * Math.floor(train.lengths.size / NAMES_BATCH);
  const schedule = cosineDecaySchedule(4e-3, steps);
  const optimizer = new Optimizer(model, adamw(schedule, { weightDecay: 1e-2 }), { wrt: Param });
  const batch = { tokens: batchOf(train.tokens, NAMES_BATCH), lengths: batchOf(train.lengths, NAMES_BATCH) };
  return {
    step: {
      fn: namesStep,
      args: [view(model, { deterministic: false }), optimizer, batch],
      names: ["model", "optimizer", "names"],
    },
    evaluation: {
      fn: namesLoss,
      args: [view(model, { deterministic: true }), test],
      names: ["model", "names"],
    },
    state: { model, optimizer },
    data: byPath(train),
    held: byPath(test),
  };
};

/** By the name of the example. */
export const TRAININGS: Readonly<Record<string, MakeTraining>> = {
  guide,
  digits: classifier({
    create: ({ rngs }) => new DigitClassifier({ rngs }),
    learningRate: 3e-3,
    batchSize: 100,
  }),
  cnn: classifier({ create: ({ rngs }) => new CNN({ rngs }), learningRate: 2e-3, batchSize: 32 }),
  lora,
  names,
};
