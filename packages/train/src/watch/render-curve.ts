/** @file Curves as a picture. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { scaleLinear, scaleLog } from "d3-scale";
import { checkFlag, checkNames, checkNumber, checkText, found } from "../check.ts";
import type { Curve } from "./history.ts";

/** Options of {@link renderCurve}. */
export interface RenderCurveOptions {
  /** Above the picture, and its name for those who do not see it. None unless given. */
  title?: string | undefined;
  /** In pixels, 100 or more. 640 unless given. */
  width?: number | undefined;
  /** In pixels, 100 or more. 360 unless given. */
  height?: number | undefined;
  /** Whether the vertical axis is logarithmic: values that are not above 0 are left out then. `false` unless given. */
  log?: boolean | undefined;
}

/** Told apart without red and green: Okabe and Ito, 2008. */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

const MARGIN = { top: 36, right: 16, bottom: 40, left: 56 };

type Point = readonly [x: number, y: number];

/** Less has no place for the curves beside the labels. */
const LEAST_SIDE = 100;

/**
 * Curves over steps as an SVG text, for a notebook or a page. Values that are not finite are gaps. Of more points than the
 * picture can show, each column of pixels keeps the first, the least, the largest and the last: the picture stays the
 * same, and small.
 *
 * ```ts
 * const svg = renderCurve(seen.curves, { title: "Loss", log: true });
 * ```
 *
 * @param curves one, or several; as `history` gives them
 * @throws InvalidArgumentError for what are no curves, and wrong options
 */
export function renderCurve(curves: Curve | readonly Curve[], options: RenderCurveOptions = {}): string {
  const list = Array.isArray(curves) ? (curves as readonly Curve[]) : [curves as Curve];
  list.forEach(checkCurve);
  checkNames(
    "renderCurve",
    options,
    ["title", "width", "height", "log"],
    'renderCurve(curves, { title: "Loss" })',
  );
  const { title = "", width = 640, height = 360, log = false } = options;
  checkText("renderCurve", "title", title);
  checkNumber("renderCurve", "width", width, { least: LEAST_SIDE });
  checkNumber("renderCurve", "height", height, { least: LEAST_SIDE });
  checkFlag("renderCurve", "log", log);
  const runs = list.map(({ steps, values }) => runsOf(steps, values, log));
  const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
  // The scales count in units of the largest number: a difference of the largest floats is infinite.
  const [xUnit, yUnit] = [unitOf(runs, 0), log ? 1 : unitOf(runs, 1)];
  const x = scaleLinear(extent(runs, 0, xUnit), [left, right]);
  const values = extent(runs, 1, yUnit, log);
  const y = (log ? scaleLog : scaleLinear)(values, [bottom, MARGIN.top]);
  // Round ends, but where those of a logarithmic axis would be 0 or infinite.
  if (!log || (values[0] > 1e-300 && values[1] < 1e300)) y.nice();
  const place = ([step, value]: Point): Point => [round(x(step / xUnit)), round(y(value / yUnit))];
  const lines = runs.flatMap((run, i) =>
    run.map((part) => {
      const color = COLORS[i % COLORS.length]!;
      const points = thinned(part.map(place));
      const [[cx, cy]] = points as [Point];
      return part.length === 1
        ? `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${color}"/>`
        : `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="1.8"/>`;
    }),
  );
  const yFormat = labelsOf(y.tickFormat(6), y.domain(), yUnit);
  const rows = y.ticks(6).map((tick) => {
    const at = round(y(tick));
    const label = yFormat(tick);
    return (
      `<line x1="${left}" x2="${right}" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${MARGIN.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${escaped(label)}</text>`
    );
  });
  const xFormat = labelsOf(x.tickFormat(8), x.domain(), xUnit);
  const columns = x.ticks(8).map((tick) => {
    const at = round(x(tick));
    return (
      `<line x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 5}" stroke="#888"/>` +
      `<text x="${at}" y="${bottom + 20}" text-anchor="middle">${escaped(xFormat(tick))}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `role="img" font-family="sans-serif" font-size="12" fill="#333">`,
    title && `<title>${escaped(title)}</title><text x="${MARGIN.left}" y="18" font-size="14" font-weight="bold">${escaped(title)}</text>`, // prettier-ignore
    ...rows,
    ...columns,
    ...lines,
    legend(list, right),
    `</svg>`,
  ]
    .filter(Boolean)
    .join("\n");
}

function legend(curves: readonly Curve[], right: number): string {
  const entries = curves.map(
    ({ name }, i) =>
      `<tspan fill="${COLORS[i % COLORS.length]!}" dx="${i > 0 ? 12 : 0}">${escaped(name)}</tspan>`,
  );
  return `<text x="${right}" y="18" text-anchor="end">${entries.join("")}</text>`;
}

/** What is less has no logarithm that an axis could be labelled with. */
const LEAST_LOG = 1e-300;

/** The points of a curve, without those that cannot be drawn; what lies between two of those is one part. */
function runsOf(steps: readonly number[], values: readonly number[], isLog: boolean): Point[][] {
  const runs: Point[][] = [];
  let isOpen = false;
  for (const [i, step] of steps.entries()) {
    const value = values[i]!;
    const isDrawn = Number.isFinite(step) && Number.isFinite(value) && !(isLog && value < LEAST_LOG);
    if (isDrawn && isOpen) runs.at(-1)!.push([step, value]);
    else if (isDrawn) runs.push([[step, value]]);
    isOpen = isDrawn;
  }
  return runs;
}

/** The coordinates of points that are drawn: 0 is that of steps, 1 that of values. */
type Axis = 0 | 1;

/** What numbers are divided by so that their differences are finite: 1, but for the largest floats. */
function unitOf(runs: readonly (readonly (readonly Point[])[])[], axis: Axis): number {
  for (const point of pointsOf(runs)) if (Math.abs(point[axis]) > 1e300) return 1e300;
  return 1;
}

/** From the least to the largest; a little more where they are the same. */
function extent(
  runs: readonly (readonly (readonly Point[])[])[],
  axis: Axis,
  unit: number,
  isLog = false,
): [number, number] {
  let [least, largest] = [Infinity, -Infinity];
  for (const point of pointsOf(runs)) {
    least = Math.min(least, point[axis] / unit);
    largest = Math.max(largest, point[axis] / unit);
  }
  if (least > largest) return isLog ? [0.1, 1] : [0, 1];
  // Less cannot be divided into parts.
  if (largest - least > 1e-300) return [least, largest];
  if (isLog) return [Math.max(least / 2, Number.MIN_VALUE), Math.min(least * 2, Number.MAX_VALUE)];
  const margin = Math.abs(least) > 1e-299 ? Math.abs(least) / 2 : 1;
  return [least - margin, least + margin];
}

function* pointsOf(runs: readonly (readonly (readonly Point[])[])[]): Iterable<Point> {
  for (const curve of runs) for (const run of curve) yield* run;
}

/** Of the points of each column of pixels the first, the least, the largest and the last, in their order. */
function thinned(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  let column: Point[] = [];
  const close = () => {
    if (column.length <= 4) kept.push(...column);
    else {
      let [least, largest] = [0, 0];
      for (const [i, [, y]] of column.entries()) {
        if (y < column[least]![1]) least = i;
        if (y > column[largest]![1]) largest = i;
      }
      const places = new Set([0, Math.min(least, largest), Math.max(least, largest), column.length - 1]);
      for (const i of places) kept.push(column[i]!);
    }
    column = [];
  };
  for (const point of points) {
    if (column.length > 0 && Math.floor(column[0]![0]) !== Math.floor(point[0])) close();
    column.push(point);
  }
  close();
  return kept;
}

/** How the numbers of an axis are written: those that are long by their exponents, and in how many units they are. */
function labelsOf(
  format: (tick: number) => string,
  domain: readonly number[],
  unit: number,
): (tick: number) => string {
  const largest = Math.max(...domain.map(Math.abs));
  if (unit === 1 && largest < 1e15 && largest >= 1e-15) return format;
  return (tick) => {
    const [digits, exponent] = Number(tick.toPrecision(6)).toExponential().split("e") as [string, string];
    return tick === 0 ? "0" : `${digits}e${Number(exponent) + Math.log10(unit)}`;
  };
}

function checkCurve(curve: unknown): void {
  const { steps, values, name } = (curve ?? {}) as Partial<Curve>;
  if (
    Array.isArray(steps) &&
    Array.isArray(values) &&
    steps.length === values.length &&
    typeof name === "string"
  ) {
    const strange = [...steps, ...values].find((value) => typeof value !== "number");
    if (strange === undefined) return;
    throw new InvalidArgumentError(
      `renderCurve: expected numbers for the steps and values of ${name}, got ${found(strange)}.`,
    );
  }
  throw new InvalidArgumentError(
    `renderCurve: expected curves, { name, steps, values } with as many values as steps, got ` +
      `${curve === null ? "null" : typeof curve}. Write renderCurve(history.curves).`,
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
