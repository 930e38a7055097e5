/** @file ThreefrySplit in JavaScript. */
import type { HostKernel } from "../host.ts";
import { threefry2x32 } from "../threefry/threefry.ts";

export const splitOnHost: HostKernel<"ThreefrySplit"> = (output, { key }, { n }) => {
  const [key0, key1] = [key[0]!, key[1]!];
  for (let i = 0; i < n; i++) threefry2x32(key0, key1, 0, i, output as Int32Array, 2 * i);
};
