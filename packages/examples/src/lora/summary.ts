/** @file What came of adapting, in words and in a chart. */
import { lineChart } from "../plot/line-chart.ts";
import { type ChartFiles, writeChart } from "../plot/write-chart.ts";
import type { AdaptResult } from "./adapt.ts";

/** Accuracies around the run, and how much of the model was trained. */
export interface LoraFigures {
  /** On upright digits, of the model without its adapters. */
  upright: number;
  /** Elements of the adapters. */
  adapterSize: number;
  /** Elements of all parameters, adapters included. */
  modelSize: number;
}

/** A few lines of text: the accuracies before and after, and what it took. */
export function summarise(
  { accuracies, epochs, interrupted }: AdaptResult,
  { upright, adapterSize, modelSize }: LoraFigures,
): string {
  const share = percent(adapterSize / modelSize);
  const passes = Number(epochs.at(-1)!.toFixed(2));
  const time = `${passes} ${passes === 1 ? "epoch" : "epochs"}`;
  return [
    `${interrupted ? "Stopped early, after" : "After"} ${time} of training ${adapterSize} of ${modelSize} parameters (${share})`,
    `Rotated digits, before: ${percent(accuracies[0]!)}`,
    `Rotated digits, after:  ${percent(accuracies.at(-1)!)}`,
    `Upright digits, without the adapters: ${percent(upright)}, as before`,
  ].join("\n");
}

/** Writes the accuracy over time to `folder`. */
export async function writeAccuracyChart(
  { accuracies, epochs }: AdaptResult,
  folder: string,
): Promise<ChartFiles> {
  const chart = lineChart([{ name: "rotated", x: epochs, values: accuracies.map((share) => 100 * share) }], {
    title: "A frozen digit classifier learns rotated digits by its adapters",
    xLabel: "epoch",
    yLabel: "test accuracy in %",
  });
  return writeChart("lora-accuracy", chart, folder);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
