/** @file AdamDirection in JavaScript. */
import type { HostKernel } from "../host.ts";

/** Rounds to float32 after every operation; storing rounds the last one. */
export const adamDirectionOnHost: HostKernel<"AdamDirection"> = (
  output,
  { mean, square, meanPower, squarePower },
  attrs,
) => {
  const { fround, sqrt } = Math;
  const [eps, epsRoot] = [fround(attrs.eps), fround(attrs.epsRoot)];
  const [meanShare, squareShare] = [fround(1 - meanPower[0]!), fround(1 - squarePower[0]!)];
  for (let i = 0; i < output.length; i++) {
    const root = fround(sqrt(fround(fround(square[i]! / squareShare) + epsRoot)));
    output[i] = fround(mean[i]! / meanShare) / fround(root + eps);
  }
};
