/** @file The run of the embed example from the choice of the backend to the chart. */
import { loadModel, saveModel } from "@nnx-js/checkpoint";
import { LoRAParam, Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CommandLineError } from "../command-line.ts";
import { untilInterrupted } from "../command-line/interrupt.ts";
import { withAdapters } from "./adapters.ts";
import { EncoderError } from "./config.ts";
import { loadEncoder, type SentenceEncoder } from "./encoder.ts";
import { finetune } from "./finetune.ts";
import { SUBJECTS } from "./intents.ts";
import type { EmbedOptions } from "./options.ts";
import { describe, similarities, writeSimilarityChart } from "./similarities.ts";
import { summarise, writeAccuracyChart } from "./summary.ts";

/** Compares sentences, or trains adapters; prints what came of it and writes a chart. */
export async function runEmbed(options: EmbedOptions): Promise<void> {
  await useBackend(options.backend);
  const encoder = await loadEncoder(options.weights).catch((error: unknown) => {
    if (error instanceof EncoderError)
      throw new CommandLineError(`--weights: ${error.message}`, { cause: error });
    throw error;
  });
  using _model = encoder.model;
  await (options.finetune ? runFinetune(encoder, options) : runCompare(encoder, options));
}

async function runCompare(
  encoder: SentenceEncoder,
  { sentences, adapters, out }: EmbedOptions,
): Promise<void> {
  let { model } = encoder;
  if (adapters !== undefined) {
    using rngs = new Rngs(0);
    model = withAdapters(model, { rngs });
    await loadModel(model, adapters, { only: LoRAParam });
  }
  const cosines = await similarities(sentences, { ...encoder, model });
  if (model !== encoder.model) model.dispose();
  console.log(describe(sentences, cosines));
  const { svg, png } = await writeSimilarityChart(sentences, cosines, out);
  console.log(`\nWrote ${svg}\nWrote ${png}`);
}

async function runFinetune(encoder: SentenceEncoder, { epochs, seed, out }: EmbedOptions): Promise<void> {
  using rngs = new Rngs(seed);
  using model = withAdapters(encoder.model, { rngs });
  const result = await untilInterrupted((watching) =>
    finetune({ ...encoder, model }, SUBJECTS, { epochs, seed, ...watching }),
  );
  const path = join(out, "embed-adapters.safetensors");
  await mkdir(out, { recursive: true });
  await saveModel(model, path, { only: LoRAParam });
  console.log(summarise(result, model));
  const { svg, png } = await writeAccuracyChart(result, out);
  const kilobytes = Math.round((await stat(path)).size / 1000);
  console.log(`Wrote ${path} (${kilobytes} kB)\nWrote ${svg}\nWrote ${png}`);
}
