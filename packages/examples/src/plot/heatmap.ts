/** @file Heat maps of counts: the confusion matrix of a classifier. */
import * as Plot from "@observablehq/plot";
import { type ChartText, drawSvg, MARGINS } from "./draw-svg.ts";

/** Text of a heat map. */
export interface HeatmapOptions extends ChartText {
  /** Names of the rows and columns; `0, 1, 2, …` unless given. */
  labels?: readonly string[] | undefined;
}

/**
 * A square table of counts as an SVG text: the count in each cell, the darker the larger its share of the row.
 *
 * @param counts `counts[row][column]`, as many columns as rows
 */
export function heatmap(counts: readonly (readonly number[])[], options: HeatmapOptions): string {
  const labels = options.labels ?? counts.map((_, i) => String(i));
  const cells = counts.flatMap((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j) => ({ row: labels[i], column: labels[j], count, share: count / (total || 1) }));
  });
  const place = { x: "column", y: "row" } as const;
  const side = CELL * counts.length;
  return drawSvg(options.title, {
    width: side + MARGINS.marginLeft + MARGINS.marginRight,
    height: side + MARGINS.marginTop + MARGINS.marginBottom,
    padding: 0.04,
    x: { label: options.xLabel, domain: labels, labelAnchor: "center", labelArrow: "none", tickSize: 0 },
    y: { label: options.yLabel, domain: labels, labelArrow: "none", tickSize: 0 },
    color: { type: "linear", domain: [0, 1], range: ["#f3f6fb", "#174a8c"] },
    marks: [
      Plot.cell(cells, { ...place, fill: "share" }),
      Plot.text(cells, {
        ...place,
        text: ({ count }: Cell) => (count === 0 ? "" : String(count)),
        fill: ({ share }: Cell) => (share > 0.5 ? "white" : "#222"),
      }),
    ],
  });
}

/** Side of one cell, in pixels. */
const CELL = 44;

interface Cell {
  count: number;
  share: number;
}
