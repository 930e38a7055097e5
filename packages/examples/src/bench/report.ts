/** @file Results as tables. */
import type { Comparison } from "./compare.ts";
import type { FlaxResult } from "./flax.ts";
import { type JitFacts, overhead } from "./jit-facts.ts";

/** The table of a workload and what is known of its compiled step; rows of Flax are added if they were measured. */
export function report(comparison: Comparison, flax: readonly FlaxResult[] = []): string {
  const { workload, title, measurements, unable, jit } = comparison;
  const own = measurements[0]!.milliseconds;
  const rows = [
    ["", "ms/step", "x jit", "rounds"],
    ...measurements.map(({ name, milliseconds, ratio, rounds }) => [
      name,
      time(milliseconds),
      times(ratio),
      String(rounds),
    ]),
    ...flax.map(({ name, milliseconds, rounds }) => [
      name,
      time(milliseconds),
      times(milliseconds / own),
      String(rounds),
    ]),
    ...unable.map(({ name }) => [name, "none", "", ""]),
  ];
  return [
    `${workload}: ${title}`,
    ...aligned(rows),
    ...unable.map(({ name, reason }) => `(${name}: ${reason})`),
    describeJit(jit, own),
  ].join("\n");
}

function describeJit({ first, trace, flops, memory }: JitFacts, milliseconds: number): string {
  const rate = flops / milliseconds / 1e6;
  return (
    `jit: first call ${first.toFixed(0)} ms (recording once more takes ${trace.toFixed(0)} ms), ` +
    `${amount(flops)}FLOP a step, ${rate.toPrecision(3)} GFLOP/s\n` +
    `memory: state ${amount(memory.state)}B, workspace ${amount(memory.workspace)}B of which ` +
    `${amount(memory.live)}B are live at one time; (state + workspace) / (state + live) = ${overhead(memory).toFixed(2)}`
  );
}

/** Rows with their columns under each other, the first to the left, all others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}

/** Milliseconds with three digits that count. */
export function time(milliseconds: number): string {
  if (milliseconds >= 100) return milliseconds.toFixed(0);
  return milliseconds < 1 ? milliseconds.toFixed(4) : milliseconds.toPrecision(3);
}

/** A ratio with three digits that count at most. */
export function times(ratio: number): string {
  return ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3);
}

function amount(value: number): string {
  const step = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${Number((value / 1000 ** step).toPrecision(3))} ${["", "k", "M", "G"][step]!}`;
}
