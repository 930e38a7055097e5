/** @file Finds the largest element of each window, in JavaScript. */
import type { Axis } from "../../convolution/window-axes.ts";
import type { HostArray } from "../hosts/host.ts";

/** Windows over `[batch, ...spatial, channels]`, with two or three spatial axes. */
export interface PoolGeometry {
  batch: number;
  channels: number;
  axes: readonly Axis[];
}

/** No element: a window that lies in the padding. */
export const NONE = -1;

/** The lowest float32: an infinity is not to be had in the code of every GPU. */
export const LOWEST = -3.4028234663852886e38;

const SINGLE: Axis = { input: 1, output: 1, size: 1, stride: 1, dilation: 1, low: 0 };

/** For each element of the output, the flat index of the first of the largest elements of its window in `x`. */
export function largestOf(x: HostArray, { batch, channels, axes }: PoolGeometry): Int32Array {
  const [depth, height, width] = (axes.length === 3 ? axes : [SINGLE, ...axes]) as [Axis, Axis, Axis];
  const found = new Int32Array(batch * depth.output * height.output * width.output * channels).fill(NONE);
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
                for (let c = 0; c < channels; c++) {
                  const best = found[window + c]!;
                  if (best === NONE || x[element + c]! > x[best]!) found[window + c] = element + c;
                }
              }
            }
          }
          window += channels;
        }
      }
    }
  }
  return found;
}

/** The elements that the window with this index lies over. */
function reach({ input, size, stride, low }: Axis, index: number): [from: number, to: number] {
  const start = index * stride - low;
  return [Math.max(0, start), Math.min(input, start + size)];
}
