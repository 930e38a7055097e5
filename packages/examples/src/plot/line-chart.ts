/** @file Line charts: how losses and accuracies change over a training run. */
import * as Plot from "@observablehq/plot";
import { type ChartText, drawSvg } from "./draw-svg.ts";

/** One line of a chart. */
export interface Series {
  /** Written above the chart in the colour of the line, where a chart has more than one. */
  name: string;
  /** One value a point; those that are not finite are left out of the line. */
  values: readonly number[];
  /** Where each value stands on the horizontal axis; `1, 2, 3, …` unless given. */
  x?: readonly number[] | undefined;
}

/** Text and size of a line chart. */
export interface LineChartOptions extends ChartText {
  /** In pixels, 720 unless given. */
  width?: number | undefined;
  /** In pixels, 420 unless given. */
  height?: number | undefined;
}

/**
 * A line chart of one or more series over the same axes, as an SVG text.
 *
 * ```ts
 * const svg = lineChart([{ name: "eval loss", values: [1.16, 1.11, 1.09] }], {
 *   title: "Evaluation loss",
 *   xLabel: "epoch",
 *   yLabel: "mean squared error",
 * });
 * ```
 */
export function lineChart(series: readonly Series[], options: LineChartOptions): string {
  const { title, xLabel, yLabel, width = 720, height = 420 } = options;
  const points = series.flatMap(toPoints);
  const place = { x: "x", y: "y", z: "name", stroke: "name" } as const;
  // A line of one point is invisible; so are the ends of a line that has gaps.
  const lonely = points.filter((point) => point.alone);
  return drawSvg(title, {
    width,
    height,
    grid: true,
    x: { ...AXIS, label: xLabel, domain: extent(points.map(({ x }) => x)) },
    y: { ...AXIS, label: yLabel, domain: extent(points.map(({ y }) => y)), nice: true },
    color: { domain: series.map(({ name }) => name), range: COLORS },
    marks: [
      Plot.frame({ stroke: "#bbb" }),
      Plot.lineY(points, { ...place, strokeWidth: 2 }),
      Plot.dot(lonely, { ...place, fill: "name", r: 3 }),
      ...(series.length > 1 ? legend(series) : []),
    ],
  });
}

interface Point {
  name: string;
  x: number;
  y: number;
  /** No finite neighbour in its series. */
  alone: boolean;
}

const AXIS = { labelAnchor: "center", labelArrow: "none" } as const;
/** Dark enough to be read as text on white, and apart for the colour-blind. */
const COLORS = ["#1f5fb8", "#c04a1f", "#2b7f55", "#7a4aa0"];

function toPoints({ name, values, x }: Series): Point[] {
  const finite = (i: number): boolean => Number.isFinite(values[i]);
  return values.map((y, i) => ({
    name,
    x: x?.[i] ?? i + 1,
    y,
    alone: finite(i) && !finite(i - 1) && !finite(i + 1),
  }));
}

/** The names of the lines side by side at the top right, each in its colour. */
function legend(series: readonly Series[]): Plot.Markish[] {
  return series.map(({ name }, i) => {
    // Names have no measured width without a browser: 8 pixels a letter is wide enough.
    const right = series.slice(i + 1).reduce((width, next) => width + 8 * next.name.length + 16, 0);
    const place = { frameAnchor: "top-right", dx: -right, dy: -18 } as const;
    return Plot.text([name], { ...place, text: [name], fill: [name], fontWeight: "bold" });
  });
}

/** The least and greatest finite value, apart even where there is one value or none. */
function extent(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}
