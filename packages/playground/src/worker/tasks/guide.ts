/** @file The guide's model, on data of its sizes that can be learned. */
import { MyModel } from "@nnx-js/examples/guide/model";
import { Rngs } from "@nnx-js/nn";
import { adam, injectHyperparams } from "@nnx-js/optim";
import { loader } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { NORMALISED_MODES, type Task, type TaskContext } from "./task.ts";

const [IN, HIDDEN, OUT] = [16, 32, 2];
const DROPOUT_RATE = 0.1;
const BATCH = 32;
const TRAIN = 2048;
const HELD_BACK = 256;
/** How many held-back examples are shown. */
const SHOWN = 64;
/** Standard deviation of what nobody can learn. */
const NOISE = 0.1;

/** x: [n, 16]; y: [n, 2]. */
type Examples = { x: tf.Tensor2D; y: tf.Tensor2D };

/** The guide's model learns what a small network without dropout answers. */
export async function createGuide({ seed, learningRate }: TaskContext): Promise<Task<MyModel, Examples>> {
  const rngs = new Rngs(seed);
  const { train, heldBack } = makeExamples();
  const model = new MyModel(IN, HIDDEN, OUT, DROPOUT_RATE, { rngs });
  const data = loader(train, { batchSize: BATCH, shuffle: rngs, dropLast: true, epochs: Infinity });
  return {
    model,
    rngs,
    data,
    heldBack,
    transformation: injectHyperparams(adam)({ learningRate }),
    modes: NORMALISED_MODES,
    fixedModes: [],
    evalInterval: 8,
    lossOf: (model, { x, y }, rngs) => tf.mean(tf.square(tf.sub(model.forward(x, { rngs }), y))),
    async picture(model) {
      using shown = tf.tidy(() => {
        const x = tf.slice(heldBack.x, [0, 0], [SHOWN, IN]);
        const first = (y: tf.Tensor) => tf.slice(y, [0, 0], [SHOWN, 1]);
        return tf.concat([first(heldBack.y), first(model.forward(x, { rngs }))], 1);
      });
      const values = await shown.data();
      const column = (begin: number) => Array.from({ length: SHOWN }, (_, i) => values[2 * i + begin]!);
      return { kind: "guide", expected: column(0), answered: column(1) };
    },
    dispose: () => {
      for (const part of [model, rngs, data]) part.dispose();
      tf.dispose([train, heldBack]);
    },
  };
}

/** The same for every seed of a run, so that what is held back stays so when a saved run goes on. */
function makeExamples(): { train: Examples; heldBack: Examples } {
  using rngs = new Rngs(0);
  return tf.tidy(() => {
    const count = TRAIN + HELD_BACK;
    const x = rngs.normal([count, IN]);
    const hidden = tf.tanh(tf.matMul(x, tf.div(rngs.normal([IN, HIDDEN]), Math.sqrt(IN))));
    const answer = tf.matMul(hidden, tf.div(rngs.normal([HIDDEN, OUT]), Math.sqrt(HIDDEN / 4)));
    const y = tf.add(answer, tf.mul(rngs.normal([count, OUT]), NOISE));
    const part = (begin: number, size: number): Examples => ({
      x: tf.slice(x, [begin, 0], [size, IN]) as tf.Tensor2D,
      y: tf.slice(y, [begin, 0], [size, OUT]) as tf.Tensor2D,
    });
    return { train: part(0, TRAIN), heldBack: part(TRAIN, HELD_BACK) };
  });
}
