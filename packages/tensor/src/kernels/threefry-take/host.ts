/** @file ThreefryTake in JavaScript. */
import type { HostKernel } from "../host.ts";

export const takeOnHost: HostKernel<"ThreefryTake"> = (output, { keys }, { index }) => {
  const lanes = output.length / 2;
  for (let lane = 0; lane < lanes; lane++) {
    const at = (lane * keys.length) / lanes + 2 * index;
    output.set(keys.subarray(at, at + 2), 2 * lane);
  }
};
