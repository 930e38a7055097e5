/** @file How alike sentences are: as numbers, as a table of text and as a picture. */
import * as tf from "@tensorflow/tfjs-core";
import { aligned } from "../bench/report.ts";
import { cellTable } from "../plot/cell-table.ts";
import { type ChartFiles, writeChart } from "../plot/write-chart.ts";
import { embed } from "./embed.ts";
import type { SentenceEncoder } from "./encoder.ts";

/** The cosine between the vectors of every two texts. */
export async function similarities(texts: readonly string[], encoder: SentenceEncoder): Promise<number[][]> {
  const batch = encoder.batch(texts);
  using cosines = tf.tidy(() => {
    const vectors = embed(encoder.model, batch);
    return tf.matMul(vectors, vectors, false, true);
  });
  tf.dispose(batch);
  const values = Array.from(await cosines.data());
  return texts.map((_, i) => values.slice(i * texts.length, (i + 1) * texts.length));
}

/** The texts with their numbers, the table of cosines, and the two that are most alike. */
export function describe(texts: readonly string[], cosines: readonly (readonly number[])[]): string {
  const header = ["", ...texts.map((_, i) => String(i + 1))];
  const rows = cosines.map((row, i) => [String(i + 1), ...row.map((cosine) => cosine.toFixed(2))]);
  const list = texts.map((text, i) => `${i + 1}  ${text}`);
  const pairs = texts.flatMap((_, i) => texts.slice(0, i).map((_, j) => ({ i, j, cosine: cosines[i]![j]! })));
  const nearest = pairs.sort((a, b) => b.cosine - a.cosine)[0];
  const told = nearest && [
    "",
    `Most alike (${nearest.cosine.toFixed(3)}): "${texts[nearest.j]}" and "${texts[nearest.i]}"`,
  ];
  return [...list, "", ...aligned([header, ...rows]), ...(told ?? [])].join("\n");
}

/** Draws the table of cosines to `folder`. */
export function writeSimilarityChart(
  texts: readonly string[],
  cosines: readonly (readonly number[])[],
  folder: string,
): Promise<ChartFiles> {
  const cells = cosines.map((row) => row.map((cosine) => ({ text: cosine.toFixed(2), shade: cosine })));
  const chart = cellTable(cells, {
    title: "Cosine between the vectors of two sentences",
    xLabel: "sentence",
    yLabel: "",
    labels: texts.map((_, i) => String(i + 1)),
    rowLabels: texts.map((text, i) => `${shortened(text)}  ${i + 1}`),
    marginLeft: LABEL_WIDTH,
  });
  return writeChart("embed-similarities", chart, folder);
}

/** Room for the sentences, in pixels. */
const LABEL_WIDTH = 300;
const LONGEST = 42;

function shortened(text: string): string {
  const characters = Array.from(text.replace(/\s+/g, " "));
  return characters.length <= LONGEST ? characters.join("") : `${characters.slice(0, LONGEST - 1).join("")}…`;
}
