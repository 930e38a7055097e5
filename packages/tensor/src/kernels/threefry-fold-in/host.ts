/** @file ThreefryFoldIn in JavaScript. */
import type { HostKernel } from "../host.ts";
import { threefry2x32 } from "../threefry/threefry.ts";

export const foldInOnHost: HostKernel<"ThreefryFoldIn"> = (output, { key, data }, attrs) => {
  for (let i = 0; 2 * i < output.length; i++) {
    const at = key.length === 2 ? 0 : 2 * i;
    const word = data ? data[data.length === 1 ? 0 : i]! : attrs.data;
    threefry2x32(key[at]!, key[at + 1]!, 0, word, output as Int32Array, 2 * i);
  }
};
