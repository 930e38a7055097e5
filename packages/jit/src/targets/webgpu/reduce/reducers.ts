/** @file What each reducer does, in WGSL. */
import type { Lane } from "../../../expr/expr.ts";
import type { Reducer } from "../../../steps/step.ts";
import { ABOVE, BELOW, bitsOfKey, signedKey } from "../routines/keys.ts";
import type { TaskWriter } from "../task.ts";
import type { State } from "./state.ts";

/** How elements of a lane are put together, in one variable or several: given by their names. */
export interface Combination {
  readonly states: readonly State[];
  /** Statements that put the value `value`, a name or a literal of the lane's type, into the variables `states`. */
  take(writer: TaskWriter, states: readonly string[], value: string): string;
  /** Statements that put the states `others` into the variables `states`. */
  merge(states: readonly string[], others: readonly string[]): string;
  /** What the names `states` stand for, as a value of the lane's type. */
  value(writer: TaskWriter, states: readonly string[]): string;
}

/** A combination in one variable. */
function inOne(
  state: State,
  take: (writer: TaskWriter, state: string, value: string) => string,
  merge: (state: string, other: string) => string,
  value: (state: string) => string,
): Combination {
  return {
    states: [state],
    take: (writer, [name], element) => take(writer, name!, element),
    merge: ([name], [other]) => merge(name!, other!),
    value: (_, [name]) => value(name!),
  };
}

/** How `reducer` puts `count` elements of `lane` together. */
export function combinationOf(reducer: Reducer, lane: Lane, count: number): Combination {
  if (lane === "bool") return ofTruths(reducer === "all" || reducer === "min");
  if (reducer === "max" || reducer === "min") return extreme(reducer, lane);
  if (reducer !== "sum" && reducer !== "product") throw new Error(`internal: no ${reducer} of ${lane}`);
  const isSum = reducer === "sum";
  if (isSum && lane === "f32" && count > 2) return COMPENSATED_SUM;
  const neutral = `${isSum ? 0 : 1}${lane === "f32" ? "f" : "i"}`;
  const merge = (state: string, other: string) => `${state} ${isSum ? "+" : "*"}= ${other};`;
  return inOne(
    { type: lane, neutral },
    (_, state, value) => merge(state, value),
    merge,
    (state) => state,
  );
}

/**
 * A sum, and what rounding has taken from it: as sums in float64 that are rounded at the end, which differences of two
 * of them need, such as a variance.
 */
const COMPENSATED_SUM: Combination = {
  states: [
    { type: "f32", neutral: "0f" },
    { type: "f32", neutral: "0f" },
  ],
  take(writer, [sum, lost], value) {
    writer.use("exact_sum");
    return `{ let both = exact_sum(${sum}, ${value}); ${sum} = both.x; ${lost} += both.y; }`;
  },
  merge: ([sum, lost], [otherSum, otherLost]) =>
    `{ let both = exact_sum(${sum}, ${otherSum}); ${sum} = both.x; ${lost} = (${lost} + ${otherLost}) + both.y; }`,
  value(writer, [sum, lost]) {
    // Of merging, too, which has no writer.
    writer.use("exact_sum");
    writer.use("restored_sum");
    return `restored_sum(${sum}, ${lost})`;
  },
};

/** Whether all are true, or any. */
function ofTruths(isAll: boolean): Combination {
  const merge = (state: string, other: string) => `${state} ${isAll ? "&" : "|"}= ${other};`;
  return inOne(
    { type: "u32", neutral: isAll ? "1u" : "0u" },
    (_, state, value) => merge(state, `select(0u, 1u, ${value})`),
    merge,
    (state) => `${state} != 0u`,
  );
}

/** Of floats, the order of their keys is that of the numbers, and NaN wins: whatever a driver makes of `max`. */
function extreme(reducer: "max" | "min", lane: "f32" | "i32"): Combination {
  const isMax = reducer === "max";
  const [first, last] = isMax ? [BELOW, ABOVE] : [ABOVE, BELOW];
  const infinity = isMax ? "0x807fffffu" : "0x7f800000u";
  const merge = (state: string, other: string) => `${state} = ${reducer}(${state}, ${other});`;
  if (lane === "i32") {
    return inOne(
      { type: "i32", neutral: first },
      (_, state, value) => merge(state, value),
      merge,
      (state) => state,
    );
  }
  return inOne(
    { type: "i32", neutral: `bitcast<i32>(${infinity})` },
    (writer, state, value) => {
      const word = writer.name("word");
      return `let ${word} = bitcast<u32>(${value});\n${merge(state, signedKey(word, last))}`;
    },
    merge,
    (state) => `bitcast<f32>(${bitsOfKey(state)})`,
  );
}

/** `names`, those of each of `combinations` together. */
export function namesOf(
  combinations: readonly Combination[],
  names: readonly string[],
): readonly (readonly string[])[] {
  let begin = 0;
  return combinations.map(({ states }) => names.slice(begin, (begin += states.length)));
}
