/** @file The largest elements of rows. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
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
  const f = module.function(`top ${k} of ${size}`, {
    params: ["i32", "i32", "i32", "i32", "i32", "i32"],
    results: [],
  });
  const [x, values, indices, scratch, begin, end] = f.params as unknown as Six;
  const [unit, row, sorted, i, at, index] = f.locals("i32", 6) as unknown as Six;
  f.forRange(unit, begin, end, 1, () => {
    f.get(x)
      .get(unit)
      .i32(size * ELEMENT)
      .op("i32.mul")
      .op("i32.add")
      .tee(row);
    f.i32(size).get(scratch).get(scratch).i32(indexBytes(size)).op("i32.add").call(sort).set(sorted);
    f.forRange(i, 0, k, 1, () => {
      f.get(unit).i32(k).op("i32.mul").get(i).op("i32.add").i32(2).op("i32.shl").set(at);
      f.get(sorted).get(i).i32(2).op("i32.shl").op("i32.add").memory("i32.load").set(index);
      f.get(indices).get(at).op("i32.add").get(index).memory("i32.store");
      f.get(values).get(at).op("i32.add");
      f.get(row).get(index).i32(2).op("i32.shl").op("i32.add").memory("i32.load").memory("i32.store");
    });
  });
  return {
    fn: f.ref,
    units: rows,
    scratchBytes: 2 * indexBytes(size),
    flops: rows * size * Math.ceil(Math.log2(size + 1)) * 4,
  };
}

type Six = readonly [Local, Local, Local, Local, Local, Local];
