/** @file What came of a names run, in words and in a chart. */
import { lineChart } from "../plot/line-chart.ts";
import { type ChartFiles, writeChart } from "../plot/write-chart.ts";
import type { TrainResult } from "./train.ts";

/** What is told beside the result of the training. */
export interface Findings {
  /** The loss of a table of character pairs on the same names. */
  bigram: number;
  /** Names that the model made up. */
  samples: readonly string[];
}

/** A few lines of text: the loss on held-back names beside that of the table, and some new names. */
export function summarise({ epochs, interrupted, test }: TrainResult, { bigram, samples }: Findings): string {
  return [
    `${interrupted ? "Stopped early, after" : "After"} ${Number(epochs.toFixed(2))} ${epochs === 1 ? "epoch" : "epochs"}`,
    `Loss on held-back names: ${test.loss.toFixed(3)} nats a character`,
    `A table of character pairs: ${bigram.toFixed(3)}`,
    `New names: ${samples.map(capitalised).join(", ")}`,
  ].join("\n");
}

/** Writes the loss curves, and the table's loss as a line, to `folder`. */
export async function writeLossChart(
  { trainCurve, testCurve, epochs }: TrainResult,
  bigram: number,
  folder: string,
): Promise<ChartFiles> {
  const chart = lineChart(
    [
      { name: "training", x: trainCurve.epochs, values: trainCurve.values },
      { name: "test", x: testCurve.epochs, values: testCurve.values },
      { name: "pairs", x: [0, epochs], values: [bigram, bigram] },
    ],
    { title: "Loss of the character transformer", xLabel: "epoch", yLabel: "nats a character" },
  );
  return writeChart("names-loss", chart, folder);
}

function capitalised(name: string): string {
  return name.replace(/^./, (first) => first.toUpperCase());
}
