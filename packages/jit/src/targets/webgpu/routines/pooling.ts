/** @file Maxima and means over windows. */
import type { Buffer } from "../../../expr/expr.ts";
import { volume } from "../../../steps/specs/convolution.ts";
import type { PoolingSpec } from "../../../steps/specs/pooling.ts";
import { foldTasks, type Temporaries } from "../reduce/fold.ts";
import type { Task } from "../task.ts";
import { ABOVE, BELOW, bitsOfKey, signedKey } from "./keys.ts";
import { countOf, pixelOf, placeOfPixel, tapOf } from "./windows.ts";

/** The maximum of each window, NaN if it has one, or the mean of those of its elements that are in the image. */
export function pooling(
  spec: PoolingSpec,
  kind: "max" | "mean",
  [x, y]: readonly [Buffer, Buffer],
  temporaries: Temporaries,
): Task[] {
  const { batch, input, output, channels, window, lane } = spec;
  const isMax = kind === "max";
  const lowest = lane === "f32" ? "bitcast<i32>(0x807fffffu)" : BELOW;
  return foldTasks(
    {
      label: `${kind} pooling`,
      kept: batch * volume(output) * channels,
      reduced: volume(window),
      direction: "columns",
      states: [isMax ? { type: "i32", neutral: lowest } : { type: "f32", neutral: "0.0", isSum: true }],
      reads: [x],
      writes: [y],
      cost: 1,
      take(writer, [state], kept, reduced) {
        const pixel = pixelOf(writer, kept, output, channels);
        const tap = tapOf(writer, spec, pixel.at, reduced);
        const word = writer.name("word");
        const key = lane === "f32" ? signedKey(word, ABOVE) : `bitcast<i32>(${word})`;
        return `
${pixel.code}
${tap.code}
if (${tap.isInside}) {
  let ${word} = heap[${writer.placeOf(x)} + ${placeOfPixel(pixel, tap.at, input, channels)}];
  ${isMax ? `${state} = max(${state}, ${key});` : `${state} += bitcast<f32>(${word});`}
}`;
      },
      merge: ([state], [other]) => (isMax ? `${state} = max(${state}, ${other});` : `${state} += ${other};`),
      finish(writer, [state], kept) {
        const pixel = pixelOf(writer, kept, output, channels);
        const mean = `bitcast<u32>(${state} / ${countOf(spec, pixel.at)})`;
        const max = lane === "f32" ? bitsOfKey(state!) : `bitcast<u32>(${state})`;
        return `${pixel.code}\nheap[${writer.placeOf(y)} + ${kept}] = ${isMax ? max : mean};`;
      },
    },
    temporaries,
  );
}
