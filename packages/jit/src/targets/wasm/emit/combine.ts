/** @file The code that puts the results of blocks together, always in the same order. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { ReduceStep, Reduction } from "../../../steps/step.ts";
import type { Placement } from "./addresses.ts";
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
    const [from, to, last] = [f.local("i32"), f.local("i32"), f.local("i32")];
    for (const reduction of reductions) {
      const bytes = isWide(reduction) ? 8 : 4;
      const [source, target] = [bases.of(reduction.partials!), bases.of(reduction.buffer)];
      const push = ({ pointer, constant }: typeof source) => (pointer ? f.get(pointer) : f.i32(constant));
      push(source);
      f.set(from);
      push(target);
      f.set(to);
      const one = () => combine(f, reduction, { from, to, bytes: bytes * kept, blocks });
      if (kept === 1) one();
      else {
        push(target);
        f.i32(4 * kept)
          .op("i32.add")
          .set(last);
        f.loop((again) => {
          one();
          f.get(from).i32(bytes).op("i32.add").set(from);
          f.get(to).i32(4).op("i32.add").tee(to).get(last).op("i32.lt_u").brIf(again);
        });
      }
    }
  });
  return { fn, units: 1, scratchBytes: 0, work: kept * blocks * reductions.length };
}

/** Puts together what lies `bytes` apart from `from` on, and stores it at `to`. */
function combine(
  f: FunctionBuilder,
  reduction: Reduction,
  { from, to, bytes, blocks }: { from: Local; to: Local; bytes: number; blocks: number },
): void {
  const { reducer, expr } = reduction;
  const [at, end] = [f.local("i32"), f.local("i32")];
  f.get(from)
    .i32(bytes * blocks)
    .op("i32.add")
    .set(end);
  if (isWide(reduction)) {
    const total = f.local("f64");
    f.f64(reducer === "sum" ? 0 : 1).set(total);
    f.forRange(at, from, end, bytes, () => {
      f.get(total).get(at).memory("f64.load");
      f.op(reducer === "sum" ? "f64.add" : "f64.mul").set(total);
    });
    f.get(to).get(total).op("f32.demote_f64").memory("f32.store");
    f.free(total);
  } else {
    const total = f.local("v128");
    pushNeutral(f, reducer, expr.lane);
    f.set(total);
    f.forRange(at, from, end, bytes, () => {
      pushCombined(f, reducer, expr.lane, total, () => f.get(at).memory("v128.load32_splat"));
      f.set(total);
    });
    f.get(to).get(total).memoryLane("v128.store32_lane", 0);
    f.free(total);
  }
  f.free(at, end);
}
