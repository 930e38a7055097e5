/** @file What came of a run, in words and in charts. */
import { heatmap } from "../plot/heatmap.ts";
import { lineChart } from "../plot/line-chart.ts";
import { type ChartFiles, writeChart } from "../plot/write-chart.ts";
import { accuracyOf, recallsOf } from "./confusion.ts";
import type { TrainResult } from "./train.ts";

/** A few lines of text: accuracy over all, recall of each digit, and whether the run was cut short. */
export function summarise({ epochs, interrupted }: TrainResult, confusion: number[][]): string {
  const recalls = recallsOf(confusion).map((recall, digit) => `  ${digit}  ${percent(recall)}`);
  return [
    `${interrupted ? "Stopped early, after" : "After"} ${round(epochs)} ${epochs === 1 ? "epoch" : "epochs"}`,
    `Test accuracy: ${percent(accuracyOf(confusion))}`,
    "Recall by digit:",
    ...recalls,
  ].join("\n");
}

/** Writes the loss curves and the confusion matrix to `folder`, as files whose names begin with `name`. */
export async function writeCharts(
  { trainCurve, testCurve }: TrainResult,
  confusion: number[][],
  { name, folder }: { name: string; folder: string },
): Promise<ChartFiles[]> {
  const losses = lineChart(
    [
      { name: "training", x: trainCurve.epochs, values: trainCurve.values },
      { name: "test", x: testCurve.epochs, values: testCurve.values },
    ],
    { title: "Loss of the digit classifier", xLabel: "epoch", yLabel: "cross entropy" },
  );
  const matrix = heatmap(confusion, {
    title: `Confusion matrix, ${percent(accuracyOf(confusion))} right`,
    xLabel: "predicted digit",
    yLabel: "true digit",
  });
  return [
    await writeChart(`${name}-loss`, losses, folder),
    await writeChart(`${name}-confusion`, matrix, folder),
  ];
}

function percent(share: number): string {
  return Number.isNaN(share) ? "no example" : `${(100 * share).toFixed(1)} %`;
}

function round(value: number): string {
  return String(Number(value.toFixed(2)));
}
