/** @file Rows added to, or put into, the rows of a table that indices name. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Routine } from "./routine.ts";

/** What happens to a row that several indices name: the sum, or the last one. */
export type ScatterMode = "add" | "set";

/** `rows` updates of `inner` elements each, into a table of `limit` rows. */
export interface ScatterSpec {
  readonly rows: number;
  readonly inner: number;
  readonly limit: number;
  readonly lane: "f32" | "i32";
  readonly mode: ScatterMode;
}

/** Columns of a unit. */
const COLUMNS = 32;

/**
 * Operands: updates `[rows, inner]`, indices `[rows]` (those outside of `[0, limit)` are left out), table
 * `[limit, inner]`. Units are groups of columns, so that each element is summed in the order of the rows.
 */
export function emitScatter(module: ModuleBuilder, spec: ScatterSpec): Routine {
  const { rows, inner, limit, lane, mode } = spec;
  const f = module.function(`scatter ${mode}`, {
    params: ["i32", "i32", "i32", "i32", "i32", "i32"],
    results: [],
  });
  const [updates, indices, table, , begin, end] = f.params as unknown as Six;
  const [row, from, to, index, column, first] = f.locals("i32", 6) as unknown as Six;
  const [last, whole] = [f.local("i32"), f.local("i32")];
  f.get(begin)
    .i32(4 * COLUMNS)
    .op("i32.mul")
    .set(first);
  f.get(end)
    .i32(4 * COLUMNS)
    .op("i32.mul")
    .set(last);
  f.get(last)
    .i32(4 * inner)
    .get(last)
    .i32(4 * inner)
    .op("i32.lt_s")
    .op("select")
    .set(last);
  f.get(last).get(last).get(first).op("i32.sub").i32(15).op("i32.and").op("i32.sub").set(whole);
  f.forRange(row, 0, rows, 1, () => {
    f.get(indices).get(row).i32(2).op("i32.shl").op("i32.add").memory("i32.load").set(index);
    // Unsigned, negative indices are beyond the limit as well.
    f.get(index)
      .i32(limit)
      .op("i32.lt_u")
      .if(() => {
        f.get(updates)
          .get(row)
          .i32(4 * inner)
          .op("i32.mul")
          .op("i32.add")
          .set(from);
        f.get(table)
          .get(index)
          .i32(4 * inner)
          .op("i32.mul")
          .op("i32.add")
          .set(to);
        f.forRange(column, first, whole, 16, () => {
          f.get(to).get(column).op("i32.add");
          f.get(from).get(column).op("i32.add").memory("v128.load");
          if (mode === "add") {
            f.get(to).get(column).op("i32.add").memory("v128.load");
            f.op(lane === "f32" ? "f32x4.add" : "i32x4.add");
          }
          f.memory("v128.store");
        });
        f.forRange(column, whole, last, 4, () => {
          f.get(to).get(column).op("i32.add");
          f.get(from).get(column).op("i32.add").memory(`${lane}.load`);
          if (mode === "add") f.get(to).get(column).op("i32.add").memory(`${lane}.load`).op(`${lane}.add`);
          f.memory(`${lane}.store`);
        });
      });
  });
  return { fn: f.ref, units: Math.ceil(inner / COLUMNS), scratchBytes: 0, flops: rows * inner };
}

type Six = readonly [Local, Local, Local, Local, Local, Local];
