/** @file Heat maps of counts: the confusion matrix of a classifier. */
import { cellTable } from "./cell-table.ts";
import type { ChartText } from "./draw-svg.ts";

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
  const { labels = counts.map((_, i) => String(i)) } = options;
  const cells = counts.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => ({ text: count === 0 ? "" : String(count), shade: count / (total || 1) }));
  });
  return cellTable(cells, { ...options, labels });
}
