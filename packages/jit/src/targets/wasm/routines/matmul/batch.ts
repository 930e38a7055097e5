/** @file Addresses of the matrices of a batch. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { ELEMENT } from "../lanes.ts";
import type { BatchDimension } from "../../../../steps/specs/matmul.ts";
import type { Matrices } from "./unit.ts";

/** Sets `targets` to the addresses of the matrices number `index` of those at `bases`. Changes `index`. */
export function locateBatch(
  f: FunctionBuilder,
  batch: readonly BatchDimension[],
  index: Local,
  bases: Matrices,
  targets: Matrices,
): void {
  const operands = ["a", "b", "c"] as const;
  for (const operand of operands) f.get(bases[operand]).set(targets[operand]);
  const position = f.local("i32");
  for (let d = batch.length - 1; d >= 0; d--) {
    const { size } = batch[d]!;
    f.get(index);
    if (d > 0) f.i32(size).op("i32.rem_u");
    f.set(position);
    for (const operand of operands) {
      const bytes = batch[d]![operand] * ELEMENT;
      if (bytes === 0) continue;
      f.increase(targets[operand], position, bytes);
    }
    if (d > 0) f.get(index).i32(size).op("i32.div_u").set(index);
  }
  f.free(position);
}
