/** @file Projective transformations of images in JavaScript, by TensorFlow's definition. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Host, HostArray } from "../hosts/host.ts";

type FillMode = tf.TransformAttrs["fillMode"];

/** Where a coordinate that may lie outside of an image of `length` is read, as TensorFlow has it. */
function inside(at: number, length: number, mode: FillMode): number {
  if (mode === "constant") return at;
  const isWithin = at >= 0 && at <= length - 1;
  const folded = mode === "reflect" ? reflected(at, length) : mode === "wrap" ? wrapped(at, length) : at;
  // Half a pixel beyond the last one would be rounded to the next.
  return Math.max(0, Math.min(length - 1, isWithin ? at : folded));
}

/** dcba|abcd|dcba. */
function reflected(at: number, length: number): number {
  const period = 2 * length;
  const rest = at - Math.floor(at / period) * period;
  return rest >= length ? period - 1 - rest : rest;
}

/** abcd|abcd|abcd. */
function wrapped(at: number, length: number): number {
  if (length === 1) return 0;
  const turns = at < 0 ? Math.trunc(-at / (length - 1)) + 1 : -Math.trunc(at / (length - 1));
  return at + length * turns;
}

/** One image, which is read at rows and columns. */
interface Picture {
  values: HostArray;
  start: number;
  height: number;
  width: number;
  channels: number;
  fill: number;
}

function pixel(
  { values, start, height, width, channels, fill }: Picture,
  y: number,
  x: number,
  c: number,
): number {
  // prettier-ignore
  const isInside = y >= 0 && y < height && x >= 0 && x < width;
  return isInside ? values[start + (y * width + x) * channels + c]! : fill;
}

function nearest(picture: Picture, y: number, x: number, c: number): number {
  return pixel(picture, Math.round(y), Math.round(x), c);
}

function bilinear(picture: Picture, y: number, x: number, c: number): number {
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const along = (row: number) =>
    (left + 1 - x) * pixel(picture, row, left, c) + (x - left) * pixel(picture, row, left + 1, c);
  return (top + 1 - y) * along(top) + (y - top) * along(top + 1);
}

/** The Transform kernel. */
export function transformOn(host: Host): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { image, transforms } = call.inputs as { image: tf.TensorInfo; transforms: tf.TensorInfo };
    const { interpolation, fillMode, fillValue, outputShape } = call.attrs as unknown as tf.TransformAttrs;
    const [batch, height, width, channels] = image.shape as [number, number, number, number];
    const [rows, columns] = outputShape ?? [height, width];
    const shape = [batch, rows, columns, channels];
    const [info, output] = host.make(call.backend, { shape, dtype: image.dtype });
    const values = host.read(call.backend, image, "Transform");
    const projections = host.read(call.backend, transforms, "Transform");
    const read = interpolation === "nearest" ? nearest : bilinear;
    let at = 0;
    for (let b = 0; b < batch; b++) {
      const start = transforms.shape[0] === 1 ? 0 : 8 * b;
      const p = [...projections.subarray(start, start + 8)] as [number, number, number, number, number, number, number, number]; // prettier-ignore
      const picture = {
        values,
        start: b * height * width * channels,
        height,
        width,
        channels,
        fill: fillValue,
      };
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const scale = p[6] * column + p[7] * row + 1;
          const x = inside((p[0] * column + p[1] * row + p[2]) / scale, width, fillMode);
          const y = inside((p[3] * column + p[4] * row + p[5]) / scale, height, fillMode);
          // What is infinitely far away lies outside of the image.
          for (let c = 0; c < channels; c++) output[at++] = scale === 0 ? fillValue : read(picture, y, x, c);
        }
      }
    }
    return info;
  };
}
