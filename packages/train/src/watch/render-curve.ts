/** @file Curves as a picture. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { scaleLinear, scaleLog } from "d3-scale";
import { checkNames } from "../data/options.ts";
import type { Curve } from "./history.ts";

/** Options of {@link renderCurve}. */
export interface RenderCurveOptions {
  /** Above the picture, and its name for those who do not see it. None unless given. */
  title?: string | undefined;
  /** In pixels. 640 unless given. */
  width?: number | undefined;
  /** In pixels. 360 unless given. */
  height?: number | undefined;
  /** Whether the vertical axis is logarithmic: values that are not above 0 are left out then. `false` unless given. */
  log?: boolean | undefined;
}

/** Told apart without red and green: Okabe and Ito, 2008. */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

const MARGIN = { top: 36, right: 16, bottom: 40, left: 56 };

type Point = readonly [x: number, y: number];

/**
 * Curves over steps as an SVG text, for a notebook or a page. Values that are not finite are gaps.
 *
 * ```ts
 * const svg = renderCurve(seen.curves, { title: "Loss", log: true });
 * ```
 *
 * @param curves one, or several; as `history` gives them
 * @throws InvalidArgumentError for what are no curves
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
  const runs = list.map(({ steps, values }) => runsOf(steps, values, log));
  const points = runs.flat(2);
  const x = scaleLinear(extent(points.map(([step]) => step)), [MARGIN.left, width - MARGIN.right]);
  const vertical = log ? scaleLog : scaleLinear;
  const y = vertical(extent(points.map(([, value]) => value), log), [height - MARGIN.bottom, MARGIN.top]).nice(); // prettier-ignore
  const place = ([step, value]: Point) => `${round(x(step))},${round(y(value))}`;
  const lines = runs.flatMap((run, i) =>
    run.map((part) => {
      const color = COLORS[i % COLORS.length]!;
      return part.length === 1
        ? `<circle cx="${round(x(part[0]![0]))}" cy="${round(y(part[0]![1]))}" r="2.5" fill="${color}"/>`
        : `<polyline points="${part.map(place).join(" ")}" fill="none" stroke="${color}" stroke-width="1.8"/>`;
    }),
  );
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const yFormat = y.tickFormat(6);
  const rows = y.ticks(6).map((tick) => {
    const at = round(y(tick));
    const label = yFormat(tick);
    return (
      `<line x1="${MARGIN.left}" x2="${right}" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${MARGIN.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${escaped(label)}</text>`
    );
  });
  const xFormat = x.tickFormat(8);
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

/** The points of a curve, without those that cannot be drawn; what lies between two of those is one part. */
function runsOf(steps: readonly number[], values: readonly number[], isLog: boolean): Point[][] {
  const runs: Point[][] = [];
  let isOpen = false;
  for (const [i, step] of steps.entries()) {
    const value = values[i]!;
    const isDrawn = Number.isFinite(step) && Number.isFinite(value) && !(isLog && value <= 0);
    if (isDrawn && isOpen) runs.at(-1)!.push([step, value]);
    else if (isDrawn) runs.push([[step, value]]);
    isOpen = isDrawn;
  }
  return runs;
}

/** From the least to the largest; a little more where they are the same. */
function extent(values: readonly number[], isLog = false): [number, number] {
  let [least, largest] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    largest = Math.max(largest, value);
  }
  if (values.length === 0) return isLog ? [0.1, 1] : [0, 1];
  if (least < largest) return [least, largest];
  if (isLog) return [least / 2, least * 2];
  const margin = Math.abs(least) / 2 || 1;
  return [least - margin, least + margin];
}

function checkCurve(curve: unknown): void {
  const { steps, values, name } = (curve ?? {}) as Partial<Curve>;
  if (Array.isArray(steps) && Array.isArray(values) && steps.length === values.length && name !== undefined)
    return;
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
