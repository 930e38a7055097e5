/** @file The largest elements of rows. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { TopKSpec } from "../../../steps/specs/ordering.ts";
import { ELEMENT } from "./lanes.ts";
import { indexBytes, indexSorter } from "./merge-sort.ts";
import type { Routine } from "./routine.ts";

/**
 * `fn(x, values, indices, scratch, begin, end)`: largest first, of equal ones that with the lower index first. A unit
 * is a row.
 */
export function emitTopK(module: ModuleBuilder, { rows, size, k, lane }: TopKSpec): Routine {
  const sort = indexSorter(module, `${lane} descending`);
  const f = module.procedure(`top ${k} of ${size}`, 6);
  const [x, values, indices, scratch, begin, end] = f.params;
  const [unit, row, sorted, i, at, index] = f.locals("i32", 6);
  f.forRange(unit, begin, end, 1, () => {
    f.get(x)
      .plus(unit, size * ELEMENT)
      .tee(row);
    f.i32(size).get(scratch).get(scratch).plus(indexBytes(size)).call(sort).set(sorted);
    f.forRange(i, 0, k, 1, () => {
      f.get(unit).i32(k).op("i32.mul").plus(i).i32(2).op("i32.shl").set(at);
      f.get(sorted).plus(i, 4).memory("i32.load").set(index);
      f.get(indices).plus(at).get(index).memory("i32.store");
      f.get(values).plus(at);
      f.get(row).plus(index, 4).memory("i32.load").memory("i32.store");
    });
  });
  return {
    fn: f.ref,
    units: rows,
    scratchBytes: 2 * indexBytes(size),
    flops: rows * size * Math.ceil(Math.log2(size + 1)) * 4,
  };
}
