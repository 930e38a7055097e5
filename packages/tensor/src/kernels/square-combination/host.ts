/** @file SquareCombination in JavaScript. */
import type { HostKernel } from "../host.ts";

/** Rounds to float32 after every operation; storing rounds the last one. */
export const squareCombinationOnHost: HostKernel<"SquareCombination"> = (output, { x, y }, attrs) => {
  const [a, b] = [Math.fround(attrs.a), Math.fround(attrs.b)];
  for (let i = 0; i < output.length; i++) {
    output[i] = Math.fround(a * Math.fround(x[i]! * x[i]!)) + Math.fround(b * y[i]!);
  }
};
