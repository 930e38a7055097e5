/** @file Rows added to, or put into, the rows of a table that indices name. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { ScatterSpec } from "../../../steps/specs/scatter.ts";
import { ELEMENT, loadLanes, storeLanes, VECTOR } from "./lanes.ts";
import { divisionOf } from "./long-sums.ts";
import { pushError } from "./matmul/store.ts";
import type { Routine } from "./routine.ts";

/** Columns of a unit. */
const COLUMNS = 32;

/**
 * Operands: updates `[rows, inner]`, indices `[rows]` (those outside of `[0, limit)` are left out), table
 * `[limit, inner]`. Units are groups of columns, so that each element is summed in the order of the rows; where these
 * are many, with what rounding takes from the sums beside them.
 */
export function emitScatter(module: ModuleBuilder, spec: ScatterSpec): Routine {
  const { rows, inner, limit, lane, mode } = spec;
  const f = module.procedure(`scatter ${mode}`, 6);
  const [updates, indices, table, scratch, begin, end] = f.params;
  const [row, from, to, index, column, first] = f.locals("i32", 6);
  const [last, whole] = f.locals("i32", 2);
  const rowBytes = inner * ELEMENT;
  const isLong = mode === "add" && lane === "f32" && divisionOf(rows)?.compensated === true;
  const tableBytes = Math.ceil((limit * rowBytes) / VECTOR) * VECTOR;
  f.get(begin)
    .i32(ELEMENT * COLUMNS)
    .op("i32.mul")
    .set(first);
  f.get(end)
    .i32(ELEMENT * COLUMNS)
    .op("i32.mul")
    .set(last);
  f.smaller(last, rowBytes).set(last);
  f.get(last).get(last).get(first).op("i32.sub").i32(15).op("i32.and").op("i32.sub").set(whole);
  const eachColumn = (body: (lanes: number) => void) => {
    f.forRange(column, first, whole, VECTOR, () => body(4));
    f.forRange(column, whole, last, ELEMENT, () => body(1));
  };
  const rowOf = (base: Local, at: Local, target: Local) => f.get(base).plus(at, rowBytes).set(target);
  const [source, target] = f.locals("i32", 2);
  const [value, total] = f.locals("v128", 2);
  const lost = isLong ? new LostSums(f, { table, scratch, tableBytes }) : undefined;
  lost?.clear();
  f.forRange(row, 0, rows, 1, () => {
    f.get(indices).plus(row, 4).memory("i32.load").set(index);
    // Unsigned, negative indices are beyond the limit as well.
    f.get(index)
      .i32(limit)
      .op("i32.lt_u")
      .if(() => {
        rowOf(updates, row, from);
        rowOf(table, index, to);
        eachColumn((lanes) => {
          f.get(from).plus(column).set(source);
          f.get(to).plus(column).set(target);
          loadLanes(f, source, 0, lanes);
          f.set(value);
          if (mode === "add") {
            loadLanes(f, target, 0, lanes);
            f.set(total);
            if (lost) lost.add(total, value, target, lanes);
            else
              f.get(total)
                .get(value)
                .op(lane === "f32" ? "f32x4.add" : "i32x4.add")
                .set(value);
          }
          storeLanes(f, target, 0, lanes, value);
        });
      });
  });
  if (lost)
    f.forRange(row, 0, limit, 1, () => {
      rowOf(table, row, to);
      eachColumn((lanes) => {
        f.get(to).plus(column).set(target);
        lost.correct(target, lanes);
      });
    });
  return {
    fn: f.ref,
    units: Math.ceil(inner / COLUMNS),
    scratchBytes: isLong ? tableBytes : 0,
    flops: rows * inner,
  };
}

/** What rounding takes from the sums of a table: a table of the same places. */
class LostSums {
  readonly #f: FunctionBuilder;
  readonly #scratch: Local;
  readonly #bytes: number;
  /** From a place of the table to that of what is lost there. */
  readonly #apart: Local;
  readonly #at: Local;
  readonly #rounded: Local;
  readonly #part: Local;

  constructor(f: FunctionBuilder, places: { table: Local; scratch: Local; tableBytes: number }) {
    this.#f = f;
    this.#scratch = places.scratch;
    this.#bytes = places.tableBytes;
    [this.#apart, this.#at] = f.locals("i32", 2);
    [this.#rounded, this.#part] = f.locals("v128", 2);
    f.get(places.scratch).get(places.table).op("i32.sub").set(this.#apart);
  }

  clear(): void {
    this.#f.get(this.#scratch).i32(0).i32(this.#bytes).fillMemory();
  }

  /** Sets `value` to `total + value`, with what the last sum at the place `target` has lost, and notes what this one loses. */
  add(total: Local, value: Local, target: Local, lanes: number): void {
    const f = this.#f;
    const rounded = this.#rounded;
    const part = this.#part;
    const at = this.#at;
    this.#locate(target);
    loadLanes(f, at, 0, lanes);
    f.get(value).op("f32x4.add").set(value);
    pushError(f, total, value, rounded, part);
    f.set(part);
    storeLanes(f, at, 0, lanes, part);
    f.get(rounded).set(value);
  }

  /** Adds what was lost at `target`. */
  correct(target: Local, lanes: number): void {
    const f = this.#f;
    const part = this.#part;
    const at = this.#at;
    this.#locate(target);
    loadLanes(f, target, 0, lanes);
    loadLanes(f, at, 0, lanes);
    f.op("f32x4.add").set(part);
    storeLanes(f, target, 0, lanes, part);
  }

  #locate(target: Local): void {
    this.#f.get(target).plus(this.#apart).set(this.#at);
  }
}
