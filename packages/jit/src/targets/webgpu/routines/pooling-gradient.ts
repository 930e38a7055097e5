/** @file The gradients of pooling: each element of the input looks for the windows that it is in. */
import type { Buffer } from "../../../expr/expr.ts";
import { volume } from "../../../steps/specs/convolution.ts";
import type { PoolingSpec } from "../../../steps/specs/pooling.ts";
import { foldTasks, type Temporaries } from "../reduce/fold.ts";
import type { Task, TaskWriter } from "../task.ts";
import { BELOW, equalZerosKey } from "./keys.ts";
import { countOf, coveringWindows, pixelOf, placeOfPixel, tapOf, windowOf } from "./windows.ts";

/** Up to so many reads for each element, winners of windows are found again for each element of the window. */
const FEW_READS = 64;

/** A window as the code of a gradient sees it. */
interface Seen {
  readonly pixel: ReturnType<typeof pixelOf>;
  readonly window: ReturnType<typeof windowOf>;
  /** Its error. */
  readonly error: string;
  readonly place: string;
}

/** Operands: dy, dx. The gradient of the mean of those elements of a window that are in the image. */
export function meanPoolingGradient(
  spec: PoolingSpec,
  [dy, dx]: readonly [Buffer, Buffer],
  temporaries: Temporaries,
): Task[] {
  return gradient(spec, dy, [dy], dx, temporaries, (_, sum, { window, error }) => {
    return `${sum} += ${error} / ${countOf(spec, window.at)};`;
  });
}

/**
 * Operands: dy, x, dx. The gradient of the maximum goes to the first place where it was found. NaN and the lowest number are
 * not found.
 */
export function maxPoolingGradient(
  spec: PoolingSpec,
  [dy, x, dx]: readonly [Buffer, Buffer, Buffer],
  temporaries: Temporaries,
): Task[] {
  const taps = volume(spec.window);
  if (volume(coveringWindows(spec)) * taps <= FEW_READS) {
    return gradient(spec, dy, [dy, x], dx, temporaries, (writer, sum, { pixel, window, error }) => {
      const [best, found, tap] = [writer.name("best"), writer.name("found"), writer.name("tap")];
      const names = [best, found];
      return `
var ${best} = ${lowest(spec)};
var ${found} = ${taps}u;
for (var ${tap} = 0u; ${tap} < ${taps}u; ${tap}++) {
  ${takeTap(writer, spec, x, names, pixel, window.at, tap)}
}
if (${found} == ${window.tap}) { ${sum} += ${error}; }`;
    });
  }
  const winners = temporaries(spec.batch * volume(spec.output) * spec.channels);
  return [
    ...winnerTasks(spec, x, winners, temporaries),
    ...gradient(spec, dy, [dy, winners], dx, temporaries, (writer, sum, { window, error, place }) => {
      return `if (heap[${writer.placeOf(winners)} + ${place}] == ${window.tap}) { ${sum} += ${error}; }`;
    }),
  ];
}

/** For each element of dx, a sum over the windows that it is in. */
function gradient(
  spec: PoolingSpec,
  dy: Buffer,
  reads: readonly Buffer[],
  dx: Buffer,
  temporaries: Temporaries,
  add: (writer: TaskWriter, sum: string, seen: Seen) => string,
): Task[] {
  const { batch, input, output, channels } = spec;
  return foldTasks(
    {
      label: "pooling gradient",
      kept: batch * volume(input) * channels,
      reduced: volume(coveringWindows(spec)),
      direction: "columns",
      states: [{ type: "f32", neutral: "0.0", isSum: true }],
      reads,
      writes: [dx],
      cost: 1,
      take(writer, [sum], kept, reduced) {
        const pixel = pixelOf(writer, kept, input, channels);
        const window = windowOf(writer, spec, pixel.at, reduced);
        const place = writer.name("place");
        const error = `bitcast<f32>(heap[${writer.placeOf(dy)} + ${place}])`;
        return `
${pixel.code}
${window.code}
if (${window.isThere}) {
  let ${place} = ${placeOfPixel(pixel, window.at, output, channels)};
  ${add(writer, sum!, { pixel, window, error, place })}
}`;
      },
      merge: ([sum], [other]) => `${sum} += ${other};`,
      finish: (writer, [sum], kept) => `heap[${writer.placeOf(dx)} + ${kept}] = bitcast<u32>(${sum});`,
    },
    temporaries,
  );
}

/** For each window, the number of the tap with the largest element; more than there are, if it has none. */
function winnerTasks(spec: PoolingSpec, x: Buffer, winners: Buffer, temporaries: Temporaries): Task[] {
  const { output, channels } = spec;
  const taps = volume(spec.window);
  return foldTasks(
    {
      label: "winners of windows",
      kept: winners.size,
      reduced: taps,
      direction: "columns",
      states: [
        { type: "i32", neutral: lowest(spec) },
        { type: "u32", neutral: `${taps}u` },
      ],
      reads: [x],
      writes: [winners],
      cost: 1,
      take(writer, states, kept, reduced) {
        const pixel = pixelOf(writer, kept, output, channels);
        return `${pixel.code}\n${takeTap(writer, spec, x, states, pixel, pixel.at, reduced)}`;
      },
      // Where nothing was found, the best is the lowest.
      merge: ([best, found], [otherBest, otherFound]) => `
if (${otherFound} < ${taps}u && (${otherBest} > ${best} || ${found} == ${taps}u
    || (${otherBest} == ${best} && ${otherFound} < ${found}))) {
  ${best} = ${otherBest};
  ${found} = ${otherFound};
}`,
      finish: (writer, [, found], kept) => `heap[${writer.placeOf(winners)} + ${kept}] = ${found};`,
    },
    temporaries,
  );
}

/** Statements that look at one tap of the window at the output position `at`. */
function takeTap(
  writer: TaskWriter,
  spec: PoolingSpec,
  x: Buffer,
  [best, found]: readonly string[],
  pixel: Pick<Seen["pixel"], "image" | "channel">,
  at: Seen["pixel"]["at"],
  number: string,
): string {
  const { input, channels, lane } = spec;
  const tap = tapOf(writer, spec, at, number);
  const [word, key] = [writer.name("word"), writer.name("key")];
  return `
${tap.code}
if (${tap.isInside}) {
  let ${word} = heap[${writer.placeOf(x)} + ${placeOfPixel(pixel, tap.at, input, channels)}];
  let ${key} = ${lane === "f32" ? equalZerosKey(word, BELOW) : `bitcast<i32>(${word})`};
  if (${key} > ${best}) {
    ${best} = ${key};
    ${found} = ${number};
  }
}`;
}

/** The key that a maximum begins with: of -Infinity, or the lowest integer. */
function lowest({ lane }: PoolingSpec): string {
  return lane === "f32" ? "bitcast<i32>(0x807fffffu)" : BELOW;
}
