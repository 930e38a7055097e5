/** @file What lies below each window of a convolution, as the row of a matrix. */
import type { Axis } from "../../convolution/window-axes.ts";
import type { HostArray } from "../hosts/host.ts";

const SINGLE: Axis = { input: 1, output: 1, size: 1, stride: 1, dilation: 1, low: 0 };

/** The axes of windows in space; with two, a depth of 1 comes before them. */
export function inSpace(axes: readonly Axis[]): [depth: Axis, height: Axis, width: Axis] {
  return (axes.length === 3 ? axes : [SINGLE, ...axes]) as [Axis, Axis, Axis];
}

/**
 * Writes what lies below the windows from `first` on, one a row, until `output` is full; padding is 0.
 *
 * @param x `[n, ...spatial, channels]`.
 * @param output `[windows, ...size, channels]`.
 */
export function copyPatches(
  output: HostArray,
  x: HostArray,
  channels: number,
  axes: readonly Axis[],
  first: number,
): void {
  const [depth, height, width] = inSpace(axes);
  const terms = depth.size * height.size * width.size * channels;
  const count = output.length / terms;
  const line = width.size * channels;
  output.fill(0);
  for (let i = 0; i < count; i++) {
    const [rest, column] = split(first + i, width.output);
    const [above, row] = split(rest, height.output);
    const [batch, level] = split(above, depth.output);
    let to = i * terms;
    for (let d = 0; d < depth.size; d++) {
      for (let h = 0; h < height.size; h++, to += line) {
        const [z, y] = [placeOf(depth, level, d), placeOf(height, row, h)];
        if (z < 0 || y < 0) continue;
        const from = ((batch * depth.input + z) * height.input + y) * width.input * channels;
        copyLine(output, to, x, from, channels, width, column);
      }
    }
  }
}

function copyLine(
  output: HostArray,
  to: number,
  x: HostArray,
  from: number,
  channels: number,
  width: Axis,
  column: number,
): void {
  if (width.dilation === 1) {
    const start = column * width.stride - width.low;
    const [low, high] = [Math.max(0, start), Math.min(width.input, start + width.size)];
    if (high <= low) return;
    output.set(x.subarray(from + low * channels, from + high * channels), to + (low - start) * channels);
    return;
  }
  for (let w = 0; w < width.size; w++) {
    const at = placeOf(width, column, w);
    if (at < 0) continue;
    const element = from + at * channels;
    output.set(x.subarray(element, element + channels), to + w * channels);
  }
}

/** Where in the input the element `tap` of a window lies; -1 in the padding. */
export function placeOf(axis: Axis, window: number, tap: number): number {
  const at = window * axis.stride + tap * axis.dilation - axis.low;
  return at < axis.input ? Math.max(at, -1) : -1;
}

function split(index: number, length: number): [rest: number, last: number] {
  return [Math.floor(index / length), index % length];
}
