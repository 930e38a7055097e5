/** @file Handwritten digits, by the network of Flax's MNIST tutorial. */
import { CNN } from "@nnx-js/examples/cnn/model";
import { accuracyOf, confusionMatrix } from "@nnx-js/examples/digits/confusion";
import { crossEntropy } from "@nnx-js/examples/digits/loss";
import { CLASSES, type Digits, PIXELS, splitDigits } from "@nnx-js/examples/digits/split";
import { jit } from "@nnx-js/jit";
import { clone, reseed, Rngs, softmax } from "@nnx-js/nn";
import { adamw, injectHyperparams } from "@nnx-js/optim";
import { loader } from "@nnx-js/train";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { AssetError, CommandError } from "../faults.ts";
import { NORMALISED_MODES, type Task, type TaskContext } from "./task.ts";

const [BATCH, HELD_BACK] = [32, 250];
/** More than in the tutorial, so that the draws of a digit differ to the eye. */
const DROPOUT_RATE = 0.2;
/** Rows and columns of a filter of the first layer. */
const FILTER = 3;

/** A convolutional network learns which digit a picture shows. */
export async function createDigits({ seed, learningRate, assets }: TaskContext): Promise<Task<CNN, Digits>> {
  const { train, heldBack } = splitOf(await assets.load("digits"));
  const rngs = new Rngs(seed);
  const model = new CNN({ dropoutRate: DROPOUT_RATE, rngs });
  const data = loader(train, { batchSize: BATCH, shuffle: rngs, dropLast: true, epochs: Infinity });
  const truth = await heldBack.labels.data();
  const classify = jit((model: CNN, images: tf.Tensor2D) => tf.argMax(model.forward(images), -1), {
    fallback: "kernels",
  });
  const probabilitiesOf = jit((model: CNN, images: tf.Tensor2D) => softmax(model.forward(images)), {
    fallback: "kernels",
  });
  let asked = 0;

  /** What `model` says of `count` times the same picture. */
  const read = async (model: CNN, pixels: Float32Array, count: number): Promise<number[][]> => {
    using images = tf.tidy(() => tf.tile(tf.tensor2d(pixels, [1, PIXELS]), [count, 1]));
    using probabilities = probabilitiesOf(model, images);
    return (await probabilities.array()) as number[][];
  };

  return {
    model,
    rngs,
    data,
    heldBack,
    transformation: injectHyperparams(adamw)({ learningRate }),
    modes: NORMALISED_MODES,
    fixedModes: [],
    evalInterval: 16,
    lossOf: (model, { images, labels }) => crossEntropy(model.forward(images), labels),
    async picture(model) {
      using predicted = classify(model, heldBack.images);
      const [predictions, weights] = await Promise.all([predicted.data(), model.conv1.kernel.value.data()]);
      const confusion = confusionMatrix(truth, predictions, CLASSES);
      return {
        kind: "digits",
        filters: filtersIn(weights),
        filterSize: FILTER,
        confusion,
        accuracy: accuracyOf(confusion),
      };
    },
    async readDigit(model, pixels, draws) {
      if (pixels.length !== PIXELS)
        throw new CommandError(`expected ${PIXELS} pixels, found ${pixels.length}`);
      const [steady] = await read(model, pixels, 1);
      // Masks come from random streams: those of a copy, so that asking changes nothing of the training.
      const drawing = clone(view(model, { deterministic: false }));
      reseed(drawing, { default: ++asked });
      try {
        return { steady: steady!, draws: await read(drawing, pixels, draws) };
      } finally {
        drawing.dispose();
      }
    },
    dispose: () => {
      for (const part of [model, rngs, data, classify, probabilitiesOf]) part.dispose();
      tf.dispose([train, heldBack]);
    },
  };
}

/** The same split for every seed of a run, so that what is held back stays so when a saved run goes on. */
function splitOf(bytes: Uint8Array): { train: Digits; heldBack: Digits } {
  const count = bytes.length / PIXELS;
  if (!Number.isInteger(count / CLASSES) || count <= HELD_BACK + BATCH) {
    throw new AssetError(`the pictures of digits are not whole: there are ${bytes.length} bytes`);
  }
  return tf.tidy(() => {
    const images = tf.tensor2d(
      Float32Array.from(bytes, (byte) => byte / 255),
      [count, PIXELS],
    );
    // As many of each digit, one digit after the other.
    const labels = tf.tensor1d(Array.from({ length: count }, (_, i) => Math.floor((i * CLASSES) / count)), "int32"); // prettier-ignore
    const { train, test } = splitDigits({ images, labels }, { train: count - HELD_BACK, test: HELD_BACK, seed: 0 }); // prettier-ignore
    return { train, heldBack: test };
  });
}

/** The filters in a kernel [3, 3, 1, features]. */
function filtersIn(kernel: ArrayLike<number>): Float32Array[] {
  const size = FILTER * FILTER;
  const features = kernel.length / size;
  return Array.from({ length: features }, (_, feature) =>
    Float32Array.from({ length: size }, (_, at) => kernel[at * features + feature]!),
  );
}
