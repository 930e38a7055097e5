/** @file Results of columns while rows are gone over: in memory, put together with those of each row or of some rows. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Reduction } from "../../../steps/step.ts";
import type { Bases } from "./addresses.ts";
import type { Lanes } from "./expression.ts";
import { pushCombined, pushNeutral } from "./fold.ts";
import { isWide } from "./reduce-loops.ts";

/** Where the results of the columns of a block are. */
export interface Columns {
  readonly reduction: Reduction;
  /** The byte address of the first. */
  readonly base: Local;
}

/** Those of block `unit`. */
export function columnsOf(
  f: FunctionBuilder,
  bases: Bases,
  reduction: Reduction,
  unit: Local,
  length: number,
): Columns {
  const base = f.local("i32");
  const { pointer, constant } = bases.of(reduction.partials!);
  f.get(unit)
    .i32(4 * wordsOf(reduction) * length)
    .op("i32.mul")
    .plus(pointer ?? constant)
    .set(base);
  return { reduction, base };
}

/** Sets all of them to what changes nothing. */
export function clearColumns(f: FunctionBuilder, { reduction, base }: Columns, length: number): void {
  const bytes = 4 * wordsOf(reduction) * length;
  const whole = bytes - (bytes % 16);
  const [at, last, value] = [f.local("i32"), f.local("i32"), f.local("v128")];
  pushNeutral(f, reduction.reducer, reduction.expr.lane);
  f.set(value);
  f.get(base).plus(whole).set(last);
  f.forRange(at, base, last, 16, () => f.get(at).get(value).memory("v128.store"));
  for (let rest = 0; rest < bytes - whole; rest += 4)
    f.get(last).get(value).memoryLane("v128.store32_lane", 0, rest);
  f.free(at, last, value);
}

/** Puts `lanes` lanes of `value` to the results of the columns where `counter`, 4 times a number, stands. */
export function putInColumns(
  f: FunctionBuilder,
  { reduction, base }: Columns,
  counter: Local,
  value: Local,
  lanes: Lanes,
): void {
  const at = f.local("i32");
  const { reducer, expr } = reduction;
  f.get(counter);
  if (isWide(reduction)) f.i32(1).op("i32.shl");
  f.plus(base).set(at);
  if (!isWide(reduction)) {
    f.get(at);
    pushCombined(f, reducer, expr.lane, value, () =>
      f.get(at).memory(lanes === 4 ? "v128.load" : "v128.load32_zero"),
    );
    if (lanes === 4) f.memory("v128.store");
    else f.memoryLane("v128.store32_lane", 0);
  } else if (lanes === 1) {
    f.get(at).get(at).memory("v128.load64_zero");
    f.get(value).op("f64x2.promote_low_f32x4").op("f64x2.add").memoryLane("v128.store64_lane", 0);
  } else {
    for (const half of [0, 1]) {
      f.get(at)
        .get(at)
        .memory("v128.load", 16 * half);
      f.get(value);
      if (half === 1) f.get(value).shuffle32(2, 3, 2, 3);
      f.op("f64x2.promote_low_f32x4")
        .op("f64x2.add")
        .memory("v128.store", 16 * half);
    }
  }
  f.free(at);
}

/** How many words of memory each takes. */
function wordsOf(reduction: Reduction): number {
  return isWide(reduction) ? 2 : 1;
}
