/** @file Windows of images, for pooling and its gradients: code that goes from places to places. */
import type { PoolingSpec } from "../../../steps/specs/pooling.ts";
import type { TaskWriter } from "../task.ts";

/** The names of variables for depth, height and width. */
type Names = readonly [string, string, string];

/** A pixel of an image: which image, where, and the channel. */
interface Pixel {
  /** Statements that make the names. */
  readonly code: string;
  readonly image: string;
  readonly at: Names;
  readonly channel: string;
}

/** Where the element `index` of a tensor `[batch, ...sizes, channels]` is. */
export function pixelOf(
  writer: TaskWriter,
  index: string,
  sizes: readonly [number, number, number],
  channels: number,
): Pixel {
  const [image, channel] = [writer.name("image"), writer.name("channel")];
  const at = namesOf(writer, "at");
  const [depth, height, width] = sizes;
  const [row, column] = [channels * width, channels];
  const code = `
let ${channel} = ${index} % ${channels}u;
let ${at[2]} = i32(${index} / ${column}u % ${width}u);
let ${at[1]} = i32(${index} / ${row}u % ${height}u);
let ${at[0]} = i32(${index} / ${row * height}u % ${depth}u);
let ${image} = ${index} / ${row * height * depth}u;`;
  return { code, image, at, channel };
}

/** The place of an element of a tensor `[batch, ...sizes, channels]`. */
export function placeOfPixel(
  { image, channel }: Pick<Pixel, "image" | "channel">,
  at: Names,
  [depth, height, width]: readonly [number, number, number],
  channels: number,
): string {
  const row = `(${image} * ${depth}u + u32(${at[0]})) * ${height}u + u32(${at[1]})`;
  return `((${row}) * ${width}u + u32(${at[2]})) * ${channels}u + ${channel}`;
}

/** The input position of tap `tap`, counted over the window, of the output position `at`; whether it is in the image. */
export function tapOf(
  writer: TaskWriter,
  spec: PoolingSpec,
  at: Names,
  tap: string,
): { code: string; at: Names; isInside: string } {
  const { window, strides, dilations, before, input } = spec;
  const names = namesOf(writer, "source");
  const steps = [
    `${tap} / ${window[1] * window[2]}u`,
    `${tap} / ${window[2]}u % ${window[1]}u`,
    `${tap} % ${window[2]}u`,
  ];
  const code = names.map((name, axis) => {
    const step = `i32(${steps[axis]!}) * ${dilations[axis]!}`;
    return `let ${name} = ${at[axis]!} * ${strides[axis]!} + ${step} - ${before[axis]!};`;
  });
  // Unsigned, what is before the image is beyond it, too.
  const isInside = names.map((name, axis) => `u32(${name}) < ${input[axis]!}u`).join(" && ");
  return { code: code.join("\n"), at: names, isInside };
}

/** How many windows an input element can be in, for each axis. */
export function coveringWindows({
  window,
  strides,
  dilations,
  output,
}: PoolingSpec): [number, number, number] {
  const most = (axis: 0 | 1 | 2) => {
    const reach = (window[axis] - 1) * dilations[axis] + 1;
    return Math.min(output[axis], Math.ceil(reach / strides[axis]));
  };
  return [most(0), most(1), most(2)];
}

/**
 * The output position of window `number`, of those that {@link coveringWindows} counts, that the input position `at` is
 * in; which tap of it that is, and whether there is such a window.
 */
export function windowOf(
  writer: TaskWriter,
  spec: PoolingSpec,
  at: Names,
  number: string,
): { code: string; at: Names; tap: string; isThere: string } {
  const { window, strides, dilations, before, output } = spec;
  const counts = coveringWindows(spec);
  const [names, taps, lasts] = [namesOf(writer, "output"), namesOf(writer, "tap"), namesOf(writer, "last")];
  const numbers = [
    `${number} / ${counts[1] * counts[2]}u`,
    `${number} / ${counts[2]}u % ${counts[1]}u`,
    `${number} % ${counts[2]}u`,
  ];
  const code = names.map((name, axis) => {
    const [stride, dilation] = [strides[axis]!, dilations[axis]!];
    // From the last window that begins at or before the element.
    const last = `min((${at[axis]!} + ${before[axis]!}) / ${stride}, ${output[axis]! - 1})`;
    return `
let ${lasts[axis]!} = ${last};
let ${name} = ${lasts[axis]!} - i32(${numbers[axis]!});
let ${taps[axis]!} = ${at[axis]!} + ${before[axis]!} - ${name} * ${stride};
let ${taps[axis]!}_whole = ${taps[axis]!} / ${dilation};`;
  });
  const isThere = names.map((name, axis) => {
    const tap = taps[axis]!;
    const divides = dilations[axis] === 1 ? "" : ` && ${tap}_whole * ${dilations[axis]!} == ${tap}`;
    return `${name} >= 0 && ${tap}_whole < ${window[axis]!}${divides}`;
  });
  const tap = `u32((${taps[0]}_whole * ${window[1]} + ${taps[1]}_whole) * ${window[2]} + ${taps[2]}_whole)`;
  return { code: code.join(""), at: names, tap, isThere: isThere.join(" && ") };
}

/** The number of taps, as an f32, that the window at the output position `at` has in the image. */
export function countOf({ window, strides, dilations, before, input }: PoolingSpec, at: Names): string {
  const factors = at.map((name, axis) => {
    const [size, dilation] = [window[axis]!, dilations[axis]!];
    const begin = `(${name} * ${strides[axis]!} - ${before[axis]!})`;
    const first = `max(0, (${dilation - 1} - ${begin}) / ${dilation})`;
    // Of a window that begins behind the image there is none.
    const end = `select(0, min(${size}, (${input[axis]! - 1} - ${begin}) / ${dilation} + 1), ${begin} < ${input[axis]!})`;
    return `max(0, ${end} - ${first})`;
  });
  return `f32(${factors.join(" * ")})`;
}

function namesOf(writer: TaskWriter, prefix: string): Names {
  return [writer.name(prefix), writer.name(prefix), writer.name(prefix)];
}
