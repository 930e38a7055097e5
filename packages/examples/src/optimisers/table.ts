/** @file The generated table of docs/optimisers.md. */
import type { Figures } from "./figures.ts";

const BEGIN = "<!-- begin: figures of the optimisers -->";
const END = "<!-- end: figures of the optimisers -->";

/** The document with the table of these figures in place of what is between the markers. */
export function withTable(document: string, figures: readonly Figures[]): string {
  const [begin, end] = boundsOf(document);
  return `${document.slice(0, begin)}\n\n${table(figures)}\n\n${document.slice(end)}`;
}

function boundsOf(document: string): [begin: number, end: number] {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(`docs/optimisers.md: expected the lines "${BEGIN}" and "${END}", in this order.`);
  }
  return [begin + BEGIN.length, end];
}

/** Smaller losses are a matter of rounding. */
function written(loss: number): string {
  return loss < 1e-3 ? "< 0.001" : loss.toPrecision(3);
}

/** In the form that Prettier gives to tables. */
function table(figures: readonly Figures[]): string {
  const head = ["Optimiser", "Learning rate", "Loss", "Time of a step", "Remarks"];
  const rows = figures.map(({ name, rate, losses, time, note }) => [
    `\`${name}\``,
    String(rate),
    written(losses.at(-1)!),
    `${time} ×`,
    note,
  ]);
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
