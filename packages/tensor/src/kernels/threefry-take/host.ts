/** @file ThreefryTake in JavaScript. */
import type { HostKernel } from "../host.ts";

export const takeOnHost: HostKernel<"ThreefryTake"> = (output, { keys }, { index }) => {
  output.set(keys.subarray(2 * index, 2 * index + 2));
};
