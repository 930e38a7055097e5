/** @file The task of the figures: a small perceptron learns 1 000 digits of 14 by 14 pixels. */
import { Linear, Module, relu, Rngs } from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { loadDigits } from "../digits/data.ts";
import { CLASSES, type Digits, SIDE, takeDigits } from "../digits/split.ts";

/** Updates of each run. */
const STEPS = 200;
/** Pictures of a batch. */
const BATCH = 50;
/** Pictures in all. */
const PICTURES = 1000;
const HIDDEN = 32;
const PIXELS = (SIDE / 2) ** 2;

/** Everything that runs have in common. */
export interface Task {
  /** All pictures, [1000, 196]. */
  readonly all: Digits;
  /** One for each step, in a new order in each pass. */
  readonly batches: readonly Digits[];
}

/** Reads the pictures and makes the batches: the same for every run. */
export async function loadTask(): Promise<Task> {
  const { train, test } = await loadDigits({ train: PICTURES, test: 0, seed: 0 });
  const all = { images: halved(train.images), labels: train.labels };
  tf.dispose([train.images, test.images, test.labels]);
  const batches = Array.from({ length: STEPS }, (_, step) => batchAt(all, step));
  return { all, batches };
}

/** Disposes of the tensors. */
export function disposeTask({ all, batches }: Task): void {
  tf.dispose([all, ...batches]);
}

/** 196 → 32 → 10: [n, 196] → [n, 10], unnormalised log-probabilities. */
export class Perceptron extends Module {
  readonly hidden: Linear;
  readonly head: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.hidden = new Linear(PIXELS, HIDDEN, { rngs });
    this.head = new Linear(HIDDEN, CLASSES, { rngs });
  }

  forward(images: tf.Tensor): tf.Tensor {
    return this.head.forward(relu(this.hidden.forward(images)));
  }
}

/** The mean of each two by two pixels. */
function halved(images: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const squares = tf.reshape(images, [images.shape[0], SIDE / 2, 2, SIDE / 2, 2]);
    return tf.reshape(tf.mean(squares, [2, 4]), [images.shape[0], PIXELS]);
  });
}

function batchAt(all: Digits, step: number): Digits {
  const inPass = PICTURES / BATCH;
  return tf.tidy(() => {
    const order = random.permutation(random.key(Math.floor(step / inPass)), PICTURES);
    return takeDigits(all, tf.slice(order, (step % inPass) * BATCH, BATCH));
  });
}
