/** @file The code that puts the results of blocks together, always in the same order. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { ReduceStep, Reduction } from "../../../steps/step.ts";
import type { Placement } from "./addresses.ts";
import type { Lanes } from "./expression.ts";
import { pushCombined, pushNeutral } from "./fold.ts";
import { isWide } from "./reduce-loops.ts";
import { basesFor, stepFunction, type StepCode } from "./step-function.ts";

/** Emits the function that makes of what `blocks` blocks gave the results of `step`. */
export function emitCombine(
  module: ModuleBuilder,
  name: string,
  { kept, reductions }: ReduceStep,
  blocks: number,
  placement: Placement,
): Omit<StepCode, "operands"> {
  const fn = stepFunction(module, name, (f) => {
    const buffers = reductions.flatMap(({ buffer, partials }) => [buffer, partials!]);
    const bases = basesFor(f, placement, [], buffers);
    const [from, to, last] = f.locals("i32", 3);
    for (const reduction of reductions) {
      const bytes = isWide(reduction) ? 8 : 4;
      const [source, target] = [bases.of(reduction.partials!), bases.of(reduction.buffer)];
      const push = ({ pointer, constant }: typeof source) => (pointer ? f.get(pointer) : f.i32(constant));
      push(source);
      f.set(from);
      push(target);
      f.set(to);
      const some = (lanes: Lanes, count: number) => {
        if (count === 0) return;
        f.get(to)
          .plus(4 * lanes * count)
          .set(last);
        f.loop((again) => {
          combine(f, reduction, { from, to, bytes: bytes * kept, blocks }, lanes);
          f.increase(from, lanes * bytes);
          f.get(to)
            .plus(4 * lanes)
            .tee(to)
            .get(last)
            .op("i32.lt_u")
            .brIf(again);
        });
      };
      some(4, Math.floor(kept / 4));
      some(1, kept % 4);
    }
  });
  return { fn, units: 1, scratchBytes: 0, work: kept * blocks * reductions.length };
}

/** Puts together `lanes` results of what lies `bytes` apart from `from` on, and stores them at `to`. */
function combine(
  f: FunctionBuilder,
  reduction: Reduction,
  { from, to, bytes, blocks }: { from: Local; to: Local; bytes: number; blocks: number },
  lanes: Lanes,
): void {
  const { reducer, expr } = reduction;
  const [at, end] = f.locals("i32", 2);
  f.get(from)
    .plus(bytes * blocks)
    .set(end);
  const each = (body: () => void) => f.forRange(at, from, end, bytes, body);
  if (isWide(reduction)) {
    const halves = f.locals("v128", lanes === 4 ? 2 : 1);
    const add = reducer === "sum" ? "f64x2.add" : "f64x2.mul";
    for (const half of halves) f.f64x2(reducer === "sum" ? 0 : 1).set(half);
    each(() => {
      for (const [i, half] of halves.entries()) {
        f.get(half).get(at);
        if (lanes === 4) f.memory("v128.load", 16 * i);
        else f.memory("v128.load64_zero");
        f.op(add).set(half);
      }
    });
    f.get(to);
    for (const half of halves) f.get(half).op("f32x4.demote_f64x2_zero");
    if (lanes === 4) f.shuffle32(0, 1, 4, 5).memory("v128.store");
    else f.memoryLane("v128.store32_lane", 0);
    f.free(...halves);
  } else {
    const total = f.local("v128");
    pushNeutral(f, reducer, expr.lane);
    f.set(total);
    each(() => {
      pushCombined(f, reducer, expr.lane, total, () =>
        f.get(at).memory(lanes === 4 ? "v128.load" : "v128.load32_zero"),
      );
      f.set(total);
    });
    f.get(to).get(total);
    if (lanes === 4) f.memory("v128.store");
    else f.memoryLane("v128.store32_lane", 0);
    f.free(total);
  }
  f.free(at, end);
}
