/** @file What each reducer does, in WGSL. */
import type { Lane } from "../../../expr/expr.ts";
import type { Reducer } from "../../../steps/step.ts";
import { ABOVE, BELOW, bitsOfKey, signedKey } from "../routines/keys.ts";
import type { TaskWriter } from "../task.ts";
import type { State } from "./state.ts";

/** How elements of a lane are put together. */
export interface Combination {
  readonly state: State;
  /** Statements that put the value `value`, a name or a literal of the lane's type, into the variable `state`. */
  take(writer: TaskWriter, state: string, value: string): string;
  /** A statement that puts the state `other` into the variable `state`. */
  merge(state: string, other: string): string;
  /** The word of the heap for what the name `state` holds. */
  word(state: string): string;
  /** The same as a value of the lane's type. */
  value(state: string): string;
}

/** How `reducer` puts elements of `lane` together. */
export function combinationOf(reducer: Reducer, lane: Lane): Combination {
  if (lane === "bool") return ofTruths(reducer === "all" || reducer === "min");
  if (reducer === "max" || reducer === "min") return extreme(reducer, lane);
  if (reducer !== "sum" && reducer !== "product") throw new Error(`internal: no ${reducer} of ${lane}`);
  const isSum = reducer === "sum";
  const neutral = `${isSum ? 0 : 1}${lane === "f32" ? "f" : "i"}`;
  const merge = (state: string, other: string) => `${state} ${isSum ? "+" : "*"}= ${other};`;
  return {
    state: { type: lane, neutral, isSum: isSum && lane === "f32" },
    take: (_, state, value) => merge(state, value),
    merge,
    word: (state) => `bitcast<u32>(${state})`,
    value: (state) => state,
  };
}

/** Whether all are true, or any. */
function ofTruths(isAll: boolean): Combination {
  const merge = (state: string, other: string) => `${state} ${isAll ? "&" : "|"}= ${other};`;
  return {
    state: { type: "u32", neutral: isAll ? "1u" : "0u" },
    take: (_, state, value) => merge(state, `select(0u, 1u, ${value})`),
    merge,
    word: (state) => state,
    value: (state) => `${state} != 0u`,
  };
}

/** Of floats, the order of their keys is that of the numbers, and NaN wins: whatever a driver makes of `max`. */
function extreme(reducer: "max" | "min", lane: "f32" | "i32"): Combination {
  const isMax = reducer === "max";
  const [first, last] = isMax ? [BELOW, ABOVE] : [ABOVE, BELOW];
  const infinity = isMax ? "0x807fffffu" : "0x7f800000u";
  const merge = (state: string, other: string) => `${state} = ${reducer}(${state}, ${other});`;
  if (lane === "i32") {
    return {
      state: { type: "i32", neutral: first },
      take: (_, state, value) => merge(state, value),
      merge,
      word: (state) => `bitcast<u32>(${state})`,
      value: (state) => state,
    };
  }
  return {
    state: { type: "i32", neutral: `bitcast<i32>(${infinity})` },
    take(writer, state, value) {
      const word = writer.name("word");
      return `let ${word} = bitcast<u32>(${value});\n${merge(state, signedKey(word, last))}`;
    },
    merge,
    word: bitsOfKey,
    value: (state) => `bitcast<f32>(${bitsOfKey(state)})`,
  };
}
