/** @file The run of the lora example from the choice of the backend to the chart. */
import { LoRAParam, Param, Rngs, state } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import type { CommandOptions } from "../command-line.ts";
import { loadDigits } from "../digits/data.ts";
import { evaluate } from "../digits/evaluate.ts";
import { DigitClassifier } from "../digits/model.ts";
import { train } from "../digits/train.ts";
import { untilInterrupted } from "../command-line/interrupt.ts";
import { adapt } from "./adapt.ts";
import { withAdapters } from "./adapters.ts";
import { rotateDigits } from "./rotate.ts";
import { summarise, writeAccuracyChart } from "./summary.ts";

/** Passes over the upright digits: enough for a model that is worth keeping. */
const BASE_EPOCHS = 3;
const RANK = 8;

/** Trains on upright digits, adapts to rotated ones; prints what came of it and writes a chart. */
export async function runLora({ backend, epochs, seed, out }: CommandOptions): Promise<void> {
  await useBackend(backend);
  const upright = await loadDigits({ train: 9000, test: 1000, seed });
  const rotated = rotateDigits(upright);
  using rngs = new Rngs(seed);
  using model = new DigitClassifier({ rngs });
  using adapted = withAdapters(model, { rank: RANK, rngs });
  const result = await untilInterrupted(async (watching) => {
    await train(model, upright, { epochs: BASE_EPOCHS, seed, ...watching });
    return await adapt(adapted, rotated, { epochs, seed, ...watching });
  });

  const evalModel = view(model, { deterministic: true, useRunningAverage: true });
  const { accuracy } = await evaluate(evalModel, upright.test);
  tf.dispose([upright, rotated]);
  const sizeOf = (kind: typeof Param) =>
    [...state(adapted, kind)].reduce((size, [, { size: elements }]) => size + elements, 0);
  console.log(
    summarise(result, { upright: accuracy, adapterSize: sizeOf(LoRAParam), modelSize: sizeOf(Param) }),
  );
  const { svg, png } = await writeAccuracyChart(result, out);
  console.log(`Wrote ${svg}\nWrote ${png}`);
}
