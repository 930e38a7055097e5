/** @file The index of the largest or the smallest element along an axis. */
import type { Buffer } from "../../../expr/expr.ts";
import type { ArgExtremeSpec } from "../../../steps/specs/ordering.ts";
import { foldTasks, type Temporaries } from "../reduce/fold.ts";
import type { Task } from "../task.ts";
import { ABOVE, BELOW, equalZerosKey } from "./keys.ts";

/** Operands: the tensor, the int32 indices; the first of equal elements counts, and NaN before all others. */
export function argExtreme(
  spec: ArgExtremeSpec,
  [x, indices]: readonly [Buffer, Buffer],
  temporaries: Temporaries,
): Task[] {
  const { outer, length, inner, lane, extreme } = spec;
  const isMax = extreme === "max";
  const better = isMax ? ">" : "<";
  return foldTasks(
    {
      label: `arg ${extreme} ${outer * inner}x${length}`,
      kept: outer * inner,
      reduced: length,
      direction: inner === 1 ? "rows" : "columns",
      states: [
        { type: "i32", neutral: isMax ? BELOW : ABOVE },
        { type: "u32", neutral: `${length}u` },
      ],
      reads: [x],
      writes: [indices],
      cost: 1,
      take(writer, [best, at], kept, reduced) {
        const word = writer.name("word");
        const key = writer.name("key");
        const place = `(${kept} / ${inner}u * ${length}u + ${reduced}) * ${inner}u + ${kept} % ${inner}u`;
        const value = lane === "f32" ? equalZerosKey(word, isMax ? ABOVE : BELOW) : `bitcast<i32>(${word})`;
        return `
let ${word} = heap[${writer.placeOf(x)} + ${place}];
let ${key} = ${value};
if (${key} ${better} ${best} || ${at} == ${length}u) {
  ${best} = ${key};
  ${at} = ${reduced};
}`;
      },
      merge: ([best, at], [otherBest, otherAt]) => `
if (${otherBest} ${better} ${best} || (${otherBest} == ${best} && ${otherAt} < ${at})) {
  ${best} = ${otherBest};
  ${at} = ${otherAt};
}`,
      finish: (writer, [, at], kept) => `heap[${writer.placeOf(indices)} + ${kept}] = ${at};`,
    },
    temporaries,
  );
}
