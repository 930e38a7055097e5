/** @file Square tables of shaded cells, with a text in each. */
import * as Plot from "@observablehq/plot";
import { type ChartText, drawSvg, MARGINS } from "./draw-svg.ts";

/** A cell of a table. */
export interface Cell {
  /** Written into it. */
  readonly text: string;
  /** How dark it is, from 0 to 1. */
  readonly shade: number;
}

/** Text of a table. */
export interface CellTableOptions extends ChartText {
  /** Names of the columns, no two the same. */
  readonly labels: readonly string[];
  /** Names of the rows, no two the same; those of the columns unless given. */
  readonly rowLabels?: readonly string[] | undefined;
  /** Room for the names of the rows, in pixels. */
  readonly marginLeft?: number | undefined;
}

/**
 * A square table as an SVG text.
 *
 * @param cells `cells[row][column]`, as many columns as rows
 */
export function cellTable(cells: readonly (readonly Cell[])[], options: CellTableOptions): string {
  const { title, xLabel, yLabel, labels, rowLabels = labels, marginLeft = MARGINS.marginLeft } = options;
  const placed = cells.flatMap((row, i) =>
    row.map((cell, j) => ({ ...cell, row: rowLabels[i], column: labels[j] })),
  );
  const place = { x: "column", y: "row" } as const;
  const side = CELL * cells.length;
  return drawSvg(title, {
    width: side + marginLeft + MARGINS.marginRight,
    height: side + MARGINS.marginTop + MARGINS.marginBottom,
    marginLeft,
    padding: 0.04,
    x: { label: xLabel, domain: labels, labelAnchor: "center", labelArrow: "none", tickSize: 0 },
    y: { label: yLabel, domain: rowLabels, labelArrow: "none", tickSize: 0 },
    color: { type: "linear", domain: [0, 1], range: ["#f3f6fb", "#174a8c"], clamp: true },
    marks: [
      Plot.cell(placed, { ...place, fill: "shade" }),
      Plot.text(placed, {
        ...place,
        text: "text",
        fill: ({ shade }: Cell) => (shade > 0.5 ? "white" : "#222"),
      }),
    ],
  });
}

/** Side of one cell, in pixels. */
const CELL = 44;
