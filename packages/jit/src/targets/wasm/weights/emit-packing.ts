/** @file The code that packs a weight. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Placement } from "../emit/addresses.ts";
import { basesFor, stepFunction, type StepCode } from "../emit/step-function.ts";
import { packer } from "../routines/matmul/pack.ts";
import { bytesOf } from "../routines/matmul/store.ts";
import { packedBytes, stripColumns, stripsOf, type Weight } from "./weight.ts";

/** A step that packs `weight`; a unit is a strip. What lies behind the last column is left as it is. */
export function emitPacking(module: ModuleBuilder, weight: Weight, placement: Placement): StepCode {
  const { packing } = weight;
  const { k, n, strides } = packing;
  const columns = stripColumns(packing);
  const units = stripsOf(packing);
  const fn = stepFunction(module, "pack weights", (f, { begin, end }) => {
    const bases = basesFor(f, placement, [], [weight.parameter, weight.buffer]);
    const [from, to] = [bases.of(weight.parameter).pointer!, bases.of(weight.buffer).pointer!];
    const strip = f.local("i32");
    const pack = (width: number) => {
      f.get(from).plus(strip, bytesOf(columns * strides.column));
      f.get(to).plus(strip, bytesOf(k * columns));
      const lines = { count: k, width, line: strides.row, element: strides.column, apart: columns };
      f.call(packer(module, lines));
    };
    const rest = n % columns;
    f.forRange(strip, begin, end, 1, () => {
      if (rest === 0) pack(columns);
      else {
        f.get(strip)
          .i32(units - 1)
          .op("i32.eq");
        f.if(
          () => pack(rest),
          () => pack(columns),
        );
      }
    });
  });
  return { fn, units, scratchBytes: 0, work: packedBytes(packing), operands: [] };
}
