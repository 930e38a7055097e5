/** @file Packed int8 in JavaScript. */
import type { HostKernel } from "../host.ts";
import { int8Words } from "./layout.ts";

export const int8UnpackOnHost: HostKernel<"Int8Unpack"> = (output, { words }, { columns }) => {
  const width = int8Words(columns);
  for (let at = 0, row = 0; at < output.length; row += width) {
    for (let shift = 24, left = columns; left > 0; shift -= 8, left -= width) {
      const last = row + Math.min(width, left);
      for (let i = row; i < last; i++) output[at++] = (words[i]! << shift) >> 24;
    }
  }
};

/** Sums of so many terms are added up in float64 before they are rounded. */
export const int8MatMulOnHost: HostKernel<"Int8MatMul"> = (output, { x, words }, { columns }) => {
  const width = int8Words(columns);
  const rows = width === 0 ? 0 : words.length / width;
  const sums = new Float64Array(4 * width);
  for (let m = 0; m * columns < output.length; m++) {
    sums.fill(0);
    for (let k = 0; k < rows; k++) {
      const factor = x[m * rows + k]!;
      for (let i = 0, at = k * width; i < width; i++, at++) {
        const word = words[at]!;
        sums[i]! += factor * ((word << 24) >> 24);
        sums[i + width]! += factor * ((word << 16) >> 24);
        sums[i + 2 * width]! += factor * ((word << 8) >> 24);
        sums[i + 3 * width]! += factor * (word >> 24);
      }
    }
    output.set(sums.subarray(0, columns), m * columns);
  }
};
