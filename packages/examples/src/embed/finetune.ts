/** @file Trains the adapters of a frozen sentence encoder to tell what a writer wants, whatever the sentence is about. */
import { jit } from "@nnx-js/jit";
import { All, LoRAParam, Not, Param, Rngs, select, valueAndGrad } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { history, type Loader, loader, train } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import type { WatchOptions } from "../command-line/interrupt.ts";
import { contrastiveLoss } from "./contrast.ts";
import { embed, plainEmbed } from "./embed.ts";
import type { SentenceEncoder } from "./encoder.ts";
import { INTENTS, type Subject, type SubjectSplit } from "./intents.ts";
import type { BertEncoder } from "./model.ts";
import type { TokenBatch } from "./tokens.ts";

/** How well vectors of sentences that were not learned tell the intent. */
interface IntentTest {
  /** {@link contrastiveLoss}. */
  loss: number;
  /** Share of the sentences whose nearest other one has the same intent. */
  accuracy: number;
}

/** What a run needs to know. */
export interface FinetuneOptions extends WatchOptions {
  /** Passes over the training part. */
  epochs: number;
  /** The integer that the order of the sentences comes from. */
  seed: number;
  /** Subjects in a batch, each with a sentence of every intent; 10 unless given. */
  batchSize?: number | undefined;
}

/** What came of a run. */
export interface FinetuneResult {
  /** Test accuracy before the first epoch, after each, and after the last step. */
  accuracies: number[];
  /** When each of them was measured, in epochs. */
  epochs: number[];
  /** Whether the signal ended the run before its last step. */
  interrupted: boolean;
}

/** Sentences side by side, and their labels, int32 [n]. */
type LabelledBatch = TokenBatch & { labels: tf.Tensor1D };

/**
 * Freezes all parameters of the encoder but the `LoRAParam`s, which are trained in place; tests it on sentences about other
 * things before the first epoch and after each.
 */
export async function finetune(
  { model, batch }: SentenceEncoder,
  subjects: SubjectSplit,
  { seed, epochs, batchSize = 10, signal, watch = [] }: FinetuneOptions,
): Promise<FinetuneResult> {
  select(model)
    .where(All(Param, Not(LoRAParam)))
    .freeze();
  using optimizer = new Optimizer(model, adam(LEARNING_RATE), { wrt: Param });
  using rngs = new Rngs(seed);
  const learned = withLabels(subjects.train, batch);
  const test = withLabels(subjects.test, batch);
  const before = await evaluate(model, test);
  using data = batches(learned, { batchSize, rngs, epochs });
  const curves = history<"loss", keyof IntentTest>();
  const end = await train({
    data,
    state: { model, optimizer, data },
    step: (part) => trainStep(model, optimizer, part),
    evaluate: { run: () => evaluate(model, test), atEnd: true },
    log: 10,
    signal,
    watch: [curves, ...watch],
  }).run();
  tf.dispose([learned, test]);
  const after = curves.evaluations("accuracy");
  return {
    accuracies: [before.accuracy, ...after.values],
    epochs: [0, ...after.epochs],
    interrupted: end.step < data.steps,
  };
}

const LEARNING_RATE = 2e-3;

/** One step of the optimiser on the loss of a batch; returns the loss before the step. */
export function plainTrainStep(
  model: BertEncoder,
  optimizer: Optimizer<BertEncoder>,
  batch: LabelledBatch,
): tf.Tensor {
  const lossFn = (model: BertEncoder) => contrastiveLoss(plainEmbed(model, batch), batch.labels);
  const [loss, grads] = valueAndGrad(lossFn)(model);
  optimizer.update(model, grads);
  return loss;
}

/** {@link plainTrainStep}, compiled. */
export const trainStep = jit(plainTrainStep, { name: "trainStep" });

async function evaluate(model: BertEncoder, batch: LabelledBatch): Promise<IntentTest> {
  const tensors = tf.tidy(() => {
    const vectors = embed(model, { tokens: batch.tokens, mask: batch.mask });
    const cosines = tf.matMul(vectors, vectors, false, true);
    // Each is nearest to itself, which does not count.
    const nearest = tf.argMax(tf.sub(cosines, tf.mul(tf.eye(cosines.shape[0]), 2)), -1);
    const isRight = tf.equal(tf.gather(batch.labels, nearest), batch.labels);
    return { loss: contrastiveLoss(vectors, batch.labels), accuracy: tf.mean(isRight) };
  });
  const [loss, accuracy] = await Promise.all([tensors.loss.data(), tensors.accuracy.data()]);
  tf.dispose(tensors);
  return { loss: loss[0]!, accuracy: accuracy[0]! };
}

function withLabels(subjects: readonly Subject[], batch: SentenceEncoder["batch"]): LabelledBatch {
  const labels = subjects.flatMap(() => INTENTS.map((_, intent) => intent));
  return { ...batch(subjects.flat()), labels: tf.tensor1d(labels, "int32") };
}

/** Subjects in random order, with a sentence of every intent. */
function batches(
  all: LabelledBatch,
  { batchSize, rngs, epochs }: { batchSize: number; rngs: Rngs; epochs: number },
): Loader<LabelledBatch, number> {
  const subjects = Array.from({ length: all.labels.size / INTENTS.length }, (_, subject) => subject);
  return loader(subjects, {
    batchSize,
    shuffle: rngs,
    dropLast: true,
    epochs,
    collate(subjects) {
      const places = subjects.flatMap((subject) =>
        INTENTS.map((_, intent) => subject * INTENTS.length + intent),
      );
      const rows = tf.tensor1d(places, "int32");
      const taken = <T extends tf.Tensor>(x: T): T => tf.gather(x, rows);
      return { tokens: taken(all.tokens), mask: taken(all.mask), labels: taken(all.labels) };
    },
  });
}
