/** @file Increment in JavaScript. */
import type { HostKernel } from "../host.ts";

/** Writes the next numbers; storing one wraps it to 32 bits. */
export const incrementOnHost: HostKernel<"Increment"> = (output, { count }) => {
  for (let i = 0; i < output.length; i++) output[i] = count[i]! + 1;
};
