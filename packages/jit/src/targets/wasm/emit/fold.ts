/** @file The instructions of reductions on vectors. */
import type { FunctionBuilder, Opcode } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";
import { isCollected, pushExtreme } from "../math/extreme.ts";
import type { Lane } from "../../../expr/expr.ts";
import type { Reducer } from "../../../steps/step.ts";

const COMBINE: Readonly<Record<Reducer, Readonly<Partial<Record<Lane, Opcode>>>>> = {
  sum: { f32: "f32x4.add", i32: "i32x4.add" },
  product: { f32: "f32x4.mul", i32: "i32x4.mul" },
  max: { f32: "f32x4.max", i32: "i32x4.max_s", bool: "v128.or" },
  min: { f32: "f32x4.min", i32: "i32x4.min_s", bool: "v128.and" },
  all: { bool: "v128.and" },
  any: { bool: "v128.or" },
};

/** Pushes the value in `accumulator` put together with the one that `push` pushes. */
export function pushCombined(
  f: FunctionBuilder,
  reducer: Reducer,
  lane: Lane,
  accumulator: Local,
  push: () => void,
): void {
  if (isCollected(reducer, lane)) {
    const other = f.local("v128");
    push();
    f.set(other);
    pushExtreme(f, reducer, accumulator, other);
    f.free(other);
    return;
  }
  f.get(accumulator);
  push();
  const opcode = COMBINE[reducer][lane];
  if (!opcode) throw new Error(`internal: no ${reducer} of ${lane}`);
  f.op(opcode);
}

/** Pushes the vector that changes nothing. */
export function pushNeutral(f: FunctionBuilder, reducer: Reducer, lane: Lane): void {
  if (lane === "f32") {
    const neutral = { sum: 0, product: 1, max: -Infinity, min: Infinity, all: 1, any: 0 };
    f.f32x4(neutral[reducer]);
  } else if (lane === "i32") {
    const neutral = { sum: 0, product: 1, max: -(2 ** 31), min: 2 ** 31 - 1, all: -1, any: 0 };
    f.i32x4(neutral[reducer]);
  } else {
    f.i32x4(reducer === "all" || reducer === "min" ? -1 : 0);
  }
}

/** Puts the four lanes of `value` together, in each lane. */
export function foldLanes(f: FunctionBuilder, reducer: Reducer, lane: Lane, value: Local): void {
  pushCombined(f, reducer, lane, value, () => f.get(value).get(value).shuffle32(2, 3, 0, 1));
  f.set(value);
  pushCombined(f, reducer, lane, value, () => f.get(value).get(value).shuffle32(1, 0, 3, 2));
  f.set(value);
}
