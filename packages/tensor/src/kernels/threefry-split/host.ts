/** @file ThreefrySplit in JavaScript. */
import type { HostKernel } from "../host.ts";
import { threefry2x32 } from "../threefry/threefry.ts";

export const splitOnHost: HostKernel<"ThreefrySplit"> = (output, { key }, { n }) => {
  for (let i = 0; 2 * i < output.length; i++) {
    const at = 2 * Math.floor(i / n);
    threefry2x32(key[at]!, key[at + 1]!, 0, i % n, output as Int32Array, 2 * i);
  }
};
