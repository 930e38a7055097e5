/** @file ThreefryFoldIn in JavaScript. */
import type { HostKernel } from "../host.ts";
import { threefry2x32 } from "../threefry/threefry.ts";

export const foldInOnHost: HostKernel<"ThreefryFoldIn"> = (output, { key, data }, attrs) => {
  const word = data ? data[0]! : attrs.data;
  threefry2x32(key[0]!, key[1]!, 0, word, output as Int32Array);
};
