/** @file Finds the largest element of each window, in JavaScript. */
import type { Axis } from "../../convolution/window-axes.ts";
import type { HostArray } from "../hosts/host.ts";
import { type PoolGeometry, threeAxes } from "./geometry.ts";

/** No element: a window that lies in the padding. */
export const NONE = -1;

/** The lowest float32: an infinity is not to be had in the code of every GPU. */
export const LOWEST = -3.4028234663852886e38;

/** For each element of the output, the flat index of the first of the largest elements of its window in `x`. */
export function largestOf(x: HostArray, geometry: PoolGeometry): Int32Array {
  const found = new Int32Array(outputSize(geometry)).fill(NONE);
  eachElement(geometry, (window, element) => {
    const best = found[window]!;
    if (best === NONE || isLarger(x[element]!, x[best]!)) found[window] = element;
  });
  return found;
}

/** For each element of the output, the mean of what of its window is no padding. */
export function meansOf(x: HostArray, geometry: PoolGeometry): Float64Array {
  const size = outputSize(geometry);
  const [sums, counts] = [new Float64Array(size), new Int32Array(size)];
  eachElement(geometry, (window, element) => {
    sums[window]! += x[element]!;
    counts[window]!++;
  });
  return sums.map((sum, i) => sum / counts[i]!);
}

function outputSize({ batch, channels, axes }: PoolGeometry): number {
  return axes.reduce((size, { output }) => size * output, batch * channels);
}

/** Calls `visit` for each element of each window, windows as elements of the output. */
function eachElement(geometry: PoolGeometry, visit: (window: number, element: number) => void): void {
  const { batch, channels } = geometry;
  const [depth, height, width] = threeAxes(geometry);
  let window = 0;
  for (let b = 0; b < batch; b++) {
    for (let d = 0; d < depth.output; d++) {
      for (let h = 0; h < height.output; h++) {
        for (let w = 0; w < width.output; w++) {
          const [fromD, toD] = reach(depth, d);
          const [fromH, toH] = reach(height, h);
          const [fromW, toW] = reach(width, w);
          for (let i = fromD; i < toD; i++) {
            for (let j = fromH; j < toH; j++) {
              for (let k = fromW; k < toW; k++) {
                const element = (((b * depth.input + i) * height.input + j) * width.input + k) * channels;
                for (let c = 0; c < channels; c++) visit(window + c, element + c);
              }
            }
          }
          window += channels;
        }
      }
    }
  }
}

/** NaN counts as the largest, so that it is seen. */
function isLarger(x: number, than: number): boolean {
  return x > than || (Number.isNaN(x) && !Number.isNaN(than));
}

/** The elements that the window with this index lies over. */
function reach({ input, size, stride, low }: Axis, index: number): [from: number, to: number] {
  const start = index * stride - low;
  return [Math.max(0, start), Math.min(input, start + size)];
}
