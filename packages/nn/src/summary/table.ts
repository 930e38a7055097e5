/** @file Draws tables with lines. */

/** A table: each cell may have several lines. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The last row, such as sums. */
  readonly foot: readonly string[];
  readonly caption: string;
}

/** The table as text, one column of spaces beside each cell. */
export function drawTable({ title, head, rows, foot, caption }: Table): string {
  const widths = head.map((_, column) =>
    Math.max(
      ...[head, ...rows, foot].map((row) => Math.max(...row[column]!.split("\n").map((line) => line.length))),
    ),
  );
  const rule = (left: string, dash: string, cross: string, right: string) =>
    left + widths.map((width) => dash.repeat(width + 2)).join(cross) + right;
  const line = (cells: readonly string[], bar: string) => drawRow(cells, widths, bar);
  const total = widths.reduce((sum, width) => sum + width + 3, 1);
  const between = rule("├", "─", "┼", "┤");
  return [
    centered(title, total),
    rule("┏", "━", "┳", "┓"),
    line(head, "┃"),
    rule("┡", "━", "╇", "┩"),
    [...rows, foot].map((row) => line(row, "│")).join(`\n${between}\n`),
    rule("└", "─", "┴", "┘"),
    centered(caption, total),
  ].join("\n");
}

function drawRow(cells: readonly string[], widths: readonly number[], bar: string): string {
  const columns = cells.map((cell) => cell.split("\n"));
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, i) => {
    const parts = columns.map((lines, column) => (lines[i] ?? "").padEnd(widths[column]!));
    return `${bar} ${parts.join(` ${bar} `)} ${bar}`;
  }).join("\n");
}

function centered(text: string, width: number): string {
  return " ".repeat(Math.max(0, Math.floor((width - text.length) / 2))) + text;
}
