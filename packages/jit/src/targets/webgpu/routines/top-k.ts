/** @file The largest elements of rows. */
import type { Buffer } from "../../../expr/expr.ts";
import type { TopKSpec } from "../../../steps/specs/ordering.ts";
import type { Temporaries } from "../reduce/fold.ts";
import type { Task } from "../task.ts";
import { ABOVE, equalZerosKey, unsignedKey } from "./keys.ts";
import { sortTasks } from "./sort.ts";

/** Operands: rows, the largest elements of each, their indices. NaN comes first, equal ones in their order. */
export function topK(
  { rows, size, k, lane }: TopKSpec,
  [x, values, indices]: readonly [Buffer, Buffer, Buffer],
  temporaries: Temporaries,
): Task[] {
  return sortTasks(
    {
      label: `top ${k} of ${size}`,
      rows,
      size,
      reads: [x],
      key(writer, row, at) {
        const [word, key] = [writer.name("word"), writer.name("key")];
        const signed = lane === "f32" ? equalZerosKey(word, ABOVE) : `bitcast<i32>(${word})`;
        const code = `
let ${word} = heap[${writer.placeOf(x)} + ${row} * ${size}u + ${at}];
let ${key} = ${signed};`;
        return { code, key: `~${unsignedKey(key)}` };
      },
      payload: (_, __, at) => at,
    },
    {
      reads: [x],
      writes: [values, indices],
      wanted: k,
      store: (writer, { row, position, payload }) => `
heap[${writer.placeOf(indices)} + ${row} * ${k}u + ${position}] = ${payload};
heap[${writer.placeOf(values)} + ${row} * ${k}u + ${position}] = heap[${writer.placeOf(x)} + ${row} * ${size}u + ${payload}];`,
    },
    temporaries,
  );
}
