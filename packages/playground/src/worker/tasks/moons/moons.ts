/** @file Two moons: a boundary that a person can see. */
import { jit } from "@nnx-js/jit";
import { Rngs, sigmoid, sigmoidBinaryCrossEntropy } from "@nnx-js/nn";
import { adam, injectHyperparams } from "@nnx-js/optim";
import { loader } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { NORMALISED_MODES, type Task, type TaskContext } from "../task.ts";
import { makeMoons, type Moons } from "./data.ts";
import { MoonNetwork } from "./model.ts";

const [FEATURES, DROPOUT_RATE] = [32, 0.1];
const [TRAIN, HELD_BACK, NOISE] = [512, 256, 0.2];
const BATCH = 64;
/** Points of the grid along each side. */
const SIDE = 48;
const [LEFT, RIGHT, BOTTOM, TOP] = [-1.5, 2.5, -1.25, 1.75];

/** A network with dropout and batch normalisation learns which moon a point is of. */
export async function createMoons({ seed, learningRate }: TaskContext): Promise<Task<MoonNetwork, Moons>> {
  const rngs = new Rngs(seed);
  const { train, heldBack } = makeExamples();
  const model = new MoonNetwork(FEATURES, DROPOUT_RATE, { rngs });
  const data = loader(train, { batchSize: BATCH, shuffle: rngs, dropLast: true, epochs: Infinity });
  const grid = makeGrid();
  const shown = { points: await train.points.data(), labels: Uint8Array.from(await train.labels.data()) };
  const probabilitiesOf = jit((model: MoonNetwork, grid: tf.Tensor2D) => sigmoid(model.forward(grid)), {
    fallback: "kernels",
  });
  return {
    model,
    rngs,
    data,
    heldBack,
    transformation: injectHyperparams(adam)({ learningRate }),
    modes: NORMALISED_MODES,
    fixedModes: [],
    evalInterval: 8,
    lossOf: (model, { points, labels }) => tf.mean(sigmoidBinaryCrossEntropy(model.forward(points), labels)),
    async picture(model) {
      using probabilities = probabilitiesOf(model, grid);
      return {
        kind: "moons",
        side: SIDE,
        probabilities: Float32Array.from(await probabilities.data()),
        points: Float32Array.from(shown.points),
        labels: Uint8Array.from(shown.labels),
      };
    },
    dispose: () => {
      for (const part of [model, rngs, data, probabilitiesOf]) part.dispose();
      tf.dispose([train, heldBack, grid]);
    },
  };
}

/** The same for every seed of a run, so that what is held back stays so when a saved run goes on. */
function makeExamples(): { train: Moons; heldBack: Moons } {
  using rngs = new Rngs(0);
  return { train: makeMoons(TRAIN, NOISE, rngs), heldBack: makeMoons(HELD_BACK, NOISE, rngs) };
}

/** [SIDE * SIDE, 2]: row by row, from the top. */
function makeGrid(): tf.Tensor2D {
  const at = (begin: number, end: number, i: number) => begin + ((end - begin) * (i + 0.5)) / SIDE;
  const points = Array.from({ length: SIDE * SIDE }, (_, i): [number, number] => [
    at(LEFT, RIGHT, i % SIDE),
    at(TOP, BOTTOM, Math.floor(i / SIDE)),
  ]);
  return tf.tensor2d(points);
}
