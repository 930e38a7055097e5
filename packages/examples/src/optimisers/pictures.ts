/** @file The pictures of docs/optimisers.md: the curve of each optimiser, and the last losses in order. */
import * as Plot from "@observablehq/plot";
import { drawSvg, MARGINS } from "../plot/draw-svg.ts";
import type { Figures } from "./figures.ts";
import { EVERY } from "./train.ts";

/** The curve of each in a cell of its own, over that of `adamw` in grey, as an SVG text. */
export function curves(figures: readonly Figures[]): string {
  const places = figures.map(({ name }, i) => ({ name, ...placeOf(i) }));
  const own = figures.flatMap((row, i) => pointsOf(row).map((point) => ({ ...point, ...placeOf(i) })));
  const adamw = pointsOf(figures.find(({ name }) => name === "adamw")!);
  const reference = places.flatMap((place) => adamw.map((point) => ({ ...point, ...place })));
  const place = { x: "step", y: "loss", fx: "column", fy: "row", z: null } as const;
  return drawSvg("The loss of each optimiser (blue) and of adamw (grey)", {
    width: 1000,
    height: 1340,
    fx: { axis: null, padding: 0.08 },
    fy: { axis: null, padding: 0.22 },
    x: { ...AXIS, label: "step", ticks: [0, 50, 100, 150] },
    y: { ...AXIS, ...LOSS },
    marks: [
      Plot.gridY({ stroke: "#ddd", strokeOpacity: 1, ticks: TENS }),
      Plot.frame({ stroke: "#bbb" }),
      Plot.lineY(reference, { ...place, stroke: "#999", strokeWidth: 1.5 }),
      Plot.lineY(own, { ...place, stroke: "#1f5fb8", strokeWidth: 2 }),
      Plot.text(places, {
        fx: "column",
        fy: "row",
        text: "name",
        frameAnchor: "top-left",
        dy: -13,
        fontWeight: "bold",
        fontSize: 11,
      }),
    ],
  });
}

/** The losses after the last step, the least on top, as an SVG text. */
export function lastLosses(figures: readonly Figures[]): string {
  const rows = figures.map((row) => ({ name: row.name, loss: shown(row.losses.at(-1)!) }));
  rows.sort((a, b) => a.loss - b.loss);
  return drawSvg("The loss after the last step", {
    width: 720,
    height: MARGINS.marginTop + MARGINS.marginBottom + 17 * rows.length,
    marginLeft: 190,
    x: { ...AXIS, ...LOSS, grid: true },
    y: { label: null, domain: rows.map(({ name }) => name), tickSize: 0 },
    marks: [
      Plot.frame({ stroke: "#bbb" }),
      Plot.ruleY(rows, { x1: LEAST, x2: "loss", y: "name", stroke: "#9db9de" }),
      Plot.dot(rows, { x: "loss", y: "name", fill: "#1f5fb8", r: 4 }),
    ],
  });
}

const COLUMNS = 6;
/** Smaller losses are drawn here. */
const LEAST = 1e-3;
const MOST = 3;
const AXIS = { labelAnchor: "center", labelArrow: "none" } as const;
const TENS = [0.001, 0.01, 0.1, 1];
const LOSS = {
  type: "log",
  domain: [LEAST, MOST],
  label: "cross entropy",
  ticks: TENS,
  tickFormat: String,
} as const;

interface Point {
  readonly step: number;
  readonly loss: number;
}

function pointsOf({ losses }: Figures): Point[] {
  return losses.map((loss, i) => ({ step: i * EVERY, loss: shown(loss) }));
}

function shown(loss: number): number {
  return Math.min(Math.max(loss, LEAST), MOST);
}

function placeOf(i: number): { column: number; row: number } {
  return { column: i % COLUMNS, row: Math.floor(i / COLUMNS) };
}
