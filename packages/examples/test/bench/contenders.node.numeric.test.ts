/** @file The training steps that are compared compute the same. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import type { MyModel } from "../../src/guide/model.ts";
import { type PerceptronContender, weightsOf } from "../../src/bench/contenders/contender.ts";
import { handWritten } from "../../src/bench/contenders/hand-written.ts";
import { jaxJs } from "../../src/bench/contenders/jax-js.ts";
import { compiledStep, nnxEager, nnxJit } from "../../src/bench/contenders/nnx.ts";
import { tfjsLayers } from "../../src/bench/contenders/tfjs-layers.ts";
import { perceptron } from "../../src/bench/workloads/all.ts";
import { LEARNING_RATE, setUp, type Setup, tearDown } from "../../src/bench/workloads/workload.ts";

// Dropout is off where weights are compared, since each contender has random numbers of its own.
const workload = (dropoutRate: number) =>
  perceptron("small", { inDim: 16, hiddenDim: 32, outDim: 2, batchSize: 32, dropoutRate });

type Make = (setup: Setup, dropoutRate: number) => Promise<PerceptronContender> | PerceptronContender;

const initial = ({ model }: Setup) => weightsOf(model as MyModel);
const own = (contender: ReturnType<typeof nnxEager>, setup: Setup) => ({
  ...contender,
  weights: () => initial(setup),
});
const contenders: Record<string, Make> = {
  eager: (setup, rate) => own(nnxEager(workload(rate), setup), setup),
  jit: (setup, rate) => own(nnxJit(setup, compiledStep(workload(rate))), setup),
  handWritten: (setup, rate) => handWritten(initial(setup), rate, LEARNING_RATE),
  tfjsLayers: (setup, rate) => tfjsLayers(initial(setup), rate, LEARNING_RATE),
  jaxJs: (setup, rate) => jaxJs(initial(setup), workload(rate).sizes),
};

/** The weights after a few steps. */
async function weightsAfter(steps: number, make: Make): Promise<Map<string, number[]>> {
  const setup = setUp(workload(0));
  const contender = await make(setup, 0);
  for (let i = 0; i < steps; i++) {
    using x = tf.add(setup.x, i / 10);
    await contender.step(x, setup.y);
  }
  await contender.finish();
  const values = new Map<string, number[]>();
  for (const [name, tensor] of Object.entries(contender.weights()))
    values.set(name, [...(await tensor.data())]);
  contender.dispose();
  tearDown(setup);
  return values;
}

test.each(
  Object.entries(contenders)
    .filter(([name]) => name !== "eager")
    .flatMap(([name, make]) => [1, 5].map((steps) => ({ name, make, steps }))),
)(
  "eager nnx-js and $name arrive at the same weights and statistics in $steps steps",
  async ({ make, steps }) => {
    const [expected, found] = [
      await weightsAfter(steps, contenders["eager"]!),
      await weightsAfter(steps, make),
    ];
    for (const [name, values] of expected) {
      // A constant in front of a normalisation has no gradient: Adam makes steps out of rounding there, which the
      // running mean sees from the second step on.
      if (name === "bias1" || (name === "mean" && steps > 1)) continue;
      const errors = values.map((value, i) => Math.abs(value - found.get(name)![i]!));
      expect(Math.max(...errors), name).toBeLessThan(1e-5);
    }
  },
);

test("a step leaves no tensor behind", async () => {
  const setup = setUp(workload(0.1));
  for (const make of Object.values(contenders)) {
    const contender = await make(setup, 0.1);
    const steps = async (count: number) => {
      for (let i = 0; i < count; i++) await contender.step(setup.x, setup.y);
      await contender.finish();
    };
    await steps(2);
    const before = tf.memory().numTensors;
    await steps(3);
    expect(tf.memory().numTensors, contender.name).toBe(before);
    contender.dispose();
  }
  tearDown(setup);
});
