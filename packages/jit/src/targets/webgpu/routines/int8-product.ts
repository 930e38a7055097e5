/** @file Products of few rows of floats with packed int8, which are read as they lie. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Int8ProductSpec } from "../../../steps/specs/int8.ts";
import { foldTasks, type Temporaries } from "../reduce/fold.ts";
import type { Task } from "../task.ts";

/** Operands: x, words, y. */
export function int8Product(
  { m, k, width, parts }: Int8ProductSpec,
  [x, words, y]: readonly [Buffer, Buffer, Buffer],
  temporaries: Temporaries,
): Task[] {
  const columns = 4 * width;
  return foldTasks(
    {
      label: `int8 product ${m}x${k}x${columns}`,
      kept: parts * m * columns,
      reduced: k,
      direction: "columns",
      states: [{ type: "f32", neutral: "0.0", isSum: true }],
      reads: [x, words],
      writes: [y],
      cost: 4,
      take(writer, [sum], kept, reduced) {
        const [term, word, factor] = [writer.name("term"), writer.name("word"), writer.name("factor")];
        return `
let ${term} = ${kept} / ${m * columns}u * ${k}u + ${reduced};
let ${word} = bitcast<i32>(heap[${writer.placeOf(words)} + ${term} * ${width}u + ${kept} % ${width}u]);
let ${factor} = bitcast<f32>(heap[${writer.placeOf(x)} + ${kept} / ${columns}u % ${m}u * ${parts * k}u + ${term}]);
${sum} += ${factor} * f32((${word} << (24u - 8u * (${kept} % ${columns}u / ${width}u))) >> 24u);`;
      },
      merge: ([sum], [other]) => `${sum} += ${other};`,
      finish: (writer, [sum], kept) => `heap[${writer.placeOf(y)} + ${kept}] = bitcast<u32>(${sum});`,
    },
    temporaries,
  );
}
