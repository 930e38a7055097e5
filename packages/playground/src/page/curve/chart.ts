/** @file The chart of losses, drawn by uPlot. */
import uPlot from "uplot";
import { token } from "../style/theme.ts";
import type { Marker } from "../state/run.ts";
import { type LossHistory, smoothed } from "./history.ts";

/** A chart that is shown. */
export interface Chart {
  /** Draws what the history holds now. */
  update(): void;
  resize(): void;
  destroy(): void;
}

const EVAL_DASH = [7, 4];

/** Puts a chart of `history` into `parent`, with lines for `markers`. */
export function makeChart(
  parent: HTMLElement,
  history: LossHistory,
  markers: () => readonly Marker[],
): Chart {
  const size = () => ({
    width: Math.max(parent.clientWidth, 120),
    height: Math.max(parent.clientHeight, 120),
  });
  const axis = {
    stroke: token("--muted"),
    font: `12px ${token("--sans")}`,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { stroke: token("--line"), width: 1, size: 4 },
  };
  const points = { show: false };
  const chart = new uPlot(
    {
      ...size(),
      padding: [8, 8, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: { x: { time: false, range: stepRange }, y: { range: lossRange } },
      axes: [
        { ...axis, size: 30, values: (_chart, splits) => splits.map(shortStep) },
        { ...axis, size: 52 },
      ],
      series: [
        {},
        // Outliers of single batches do not set the scale.
        { stroke: token("--train-faint"), width: 1, points, spanGaps: true, auto: false },
        { stroke: token("--train"), width: 2.5, points, spanGaps: true },
        { stroke: token("--eval"), width: 2.5, dash: EVAL_DASH, points, spanGaps: true },
      ],
      hooks: { draw: [(chart) => drawMarkers(chart, markers())] },
    },
    dataOf(history),
    parent,
  );
  return {
    update: () => chart.setData(dataOf(history)),
    resize: () => chart.setSize(size()),
    destroy: () => chart.destroy(),
  };
}

function dataOf(history: LossHistory): uPlot.AlignedData {
  const { step, train, eval: evals } = history.columns;
  const span = Math.max(1, Math.min(50, train.length / 8));
  return [step, train, smoothed(train, span), evals];
}

/** At least some steps wide, so that the first points are not stretched over the whole chart. */
function stepRange(_chart: uPlot, min: number | null, max: number | null): [number, number] {
  const from = min === null || min < 20 ? 0 : min;
  return [from, Math.max(max ?? 0, from + 20)];
}

function lossRange(_chart: uPlot, min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const room = Math.max((max - min) * 0.15, Math.abs(max) * 0.02, 1e-9);
  const isNearZero = min >= 0 && min - room < max * 0.6;
  return [isNearZero ? 0 : min - room, max + room];
}

function shortStep(step: number): string {
  return step >= 10_000 ? `${step / 1000}k` : String(step);
}

function drawMarkers(chart: uPlot, markers: readonly Marker[]): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { step, view } of markers) {
    const x = chart.valToPos(step, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = token(view === null ? "--muted" : `--${view}`);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
