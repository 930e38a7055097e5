/** @file `tabulate`: the summary of a model as a table. */
import { describeArray } from "../display/describe.ts";
import { formatTally, kindName } from "../display/tally.ts";
import type { Module } from "../module/module.ts";
import { summarize, type SummaryRow } from "./summarize.ts";
import { drawTable } from "./table.ts";

/**
 * A table of what each module of `model` takes, gives and holds when it is called with inputs like these: path,
 * class, shapes of inputs and outputs, and the Variables of each kind. It runs on a copy and on shapes alone: nothing
 * is computed, no Variable and no attribute changes, and abstract models work.
 *
 * ```ts
 * console.log(tabulate(model, tf.zeros([1, 32])));
 * console.log(tabulate(model, { shape: [1, 32], dtype: "float32" }, { depth: 1 }));
 * ```
 *
 * @param inputs the arguments of the method: tensors, `{ shape, dtype }` in place of tensors, or anything else that it
 *   takes; after them the options, an object of nothing but `depth` (how long the paths of the rows may be, 0 is the
 *   model alone) and `method` (instead of `"forward"`)
 * @throws InvalidArgumentError when `model` is no Module or has no such method; errors of the model name their path
 * @see summarize for the same as data; flax.nnx.tabulate
 */
export function tabulate(model: Module, ...inputs: unknown[]): string {
  const { type, rows, totals, total } = summarize(model, ...inputs);
  const kinds = [...totals.keys()].sort();
  return drawTable({
    title: `${type} Summary`,
    head: ["path", "type", "inputs", "outputs", ...kinds],
    rows: rows.map((row) => [
      row.path.join("."),
      row.type,
      row.inputs,
      row.outputs,
      ...kinds.map((kind) => cellOf(row, kind)),
    ]),
    foot: ["", "", "", "Total", ...kinds.map((kind) => formatTally(totals.get(kind)!))],
    caption: `Total Parameters: ${formatTally(total)}`,
  });
}

/** The module's own Variables of one kind, line by line, and the sum with those below. */
function cellOf({ variables, totals }: SummaryRow, kind: string): string {
  const own = variables
    .filter(([, variable]) => kindName(variable) === kind)
    .map(([name, variable]) => `${name}: ${describeArray(variable)}`);
  const sum = totals.get(kind);
  return [...own, ...(own.length > 0 ? [""] : []), ...(sum ? [formatTally(sum)] : [])].join("\n");
}
