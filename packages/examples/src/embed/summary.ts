/** @file What came of fine-tuning, in words and in a chart. */
import { LoRAParam, type Module, Param, state } from "@nnx-js/nn";
import { lineChart } from "../plot/line-chart.ts";
import { type ChartFiles, writeChart } from "../plot/write-chart.ts";
import type { FinetuneResult } from "./finetune.ts";

/** A few lines of text: how often sentences with the same intent found each other before and after. */
export function summarise({ accuracies, epochs, interrupted }: FinetuneResult, model: Module): string {
  const [adapters, all] = [sizeOf(model, LoRAParam), sizeOf(model, Param)];
  const share = `${((100 * adapters) / all).toFixed(2)} %`;
  const passes = Number(epochs.at(-1)!.toFixed(2));
  const time = `${passes} ${passes === 1 ? "epoch" : "epochs"}`;
  return [
    `${interrupted ? "Stopped early, after" : "After"} ${time} of training ${adapters} of ${all} parameters (${share})`,
    "Sentences about other things whose nearest neighbour wants the same:",
    `  before: ${percent(accuracies[0]!)}`,
    `  after:  ${percent(accuracies.at(-1)!)}`,
  ].join("\n");
}

/** Writes the accuracy over time to `folder`. */
export async function writeAccuracyChart(
  { accuracies, epochs }: FinetuneResult,
  folder: string,
): Promise<ChartFiles> {
  const values = accuracies.map((share) => 100 * share);
  const chart = lineChart([{ name: "held back", x: epochs, values }], {
    title: "A sentence encoder learns what a writer wants by its adapters",
    xLabel: "epoch",
    yLabel: "nearest neighbours of the same intent in %",
  });
  return writeChart("embed-accuracy", chart, folder);
}

function sizeOf(model: Module, kind: typeof Param): number {
  return [...state(model, kind)].reduce((size, [, { size: elements }]) => size + elements, 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
