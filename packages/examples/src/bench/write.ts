/** @file Puts results into the tables of bench/README.md. */
import { readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import type { Comparison } from "./compare.ts";
import type { FlaxResult } from "./flax.ts";
import type { InferenceComparison } from "./inference/compare-inference.ts";
import { describeMachine, thisMachine } from "./machine.ts";
import { time, times } from "./report.ts";

/** From `src/` and from `dist/` alike. */
const README = fileURLToPath(new URL("../../../../bench/README.md", import.meta.url));

/** Where a run's tables go: between `<!-- name -->` and `<!-- end -->`. */
export type TableName = "training" | "inference" | "busy";

/** A Markdown table with its columns under each other, the first to the left. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head!), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

/** The text with `table` in the place of what stands between the marks. @throws Error where there are none */
export function replaced(text: string, name: TableName, table: string): string {
  const begin = `<!-- ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf("<!-- end -->", from);
  if (from < 0 || to < 0) throw new Error(`bench/README.md: expected ${begin} and <!-- end --> after it.`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}

/** Writes a table, below the line that says where its figures come from. */
export async function writeTable(name: TableName, command: string, rows: readonly (readonly string[])[]) {
  const text = await readFile(README, "utf8");
  const load = loadavg()[0]!.toFixed(1);
  const from = `One run of \`${command}\` on ${describeMachine(thisMachine())}, load average ${load} at its end:`;
  await writeFile(README, replaced(text, name, `${from}\n\n${markdown(rows)}`));
}

/** Milliseconds and ratios: a row for each way, a column for each workload. */
export function trainingRows(
  results: readonly (Comparison & { readonly flax: readonly FlaxResult[] })[],
): string[][] {
  const columns = results.map(({ measurements, flax }) => {
    const own = measurements[0]!.milliseconds;
    const others = flax.map((row) => ({ ...row, ratio: row.milliseconds / own }));
    return [...measurements, ...others];
  });
  return table(
    results.map(({ workload }) => workload),
    columns,
  );
}

/** As {@link trainingRows}, a row for each case, a column for each way. */
export function inferenceRows(results: readonly InferenceComparison[]): string[][] {
  const names = namesOf(results.map(({ measurements }) => measurements));
  return [
    ["ms", ...names],
    ...results.map(({ inference, measurements }) => [
      inference,
      ...names.map((name) => cellOf(measurements, name)),
    ]),
  ];
}

interface Timed {
  readonly name: string;
  readonly milliseconds: number;
  readonly ratio: number;
}

function table(heads: readonly string[], columns: readonly (readonly Timed[])[]): string[][] {
  const rows = namesOf(columns).map((name) => [name, ...columns.map((column) => cellOf(column, name))]);
  return [["ms", ...heads], ...rows];
}

/** All names, in the order in which they come first. */
function namesOf(lists: readonly (readonly Timed[])[]): string[] {
  return [...new Set(lists.flatMap((list) => list.map(({ name }) => name)))];
}

function cellOf(list: readonly Timed[], name: string): string {
  const found = list.find((one) => one.name === name);
  if (!found) return "none";
  return found === list[0]
    ? time(found.milliseconds)
    : `${time(found.milliseconds)} (${times(found.ratio)} x)`;
}
