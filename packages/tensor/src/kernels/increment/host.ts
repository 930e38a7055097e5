/** @file Increment in JavaScript. */
import type { HostKernel } from "../host.ts";

/** Writes the next number; storing it wraps it to 32 bits. */
export const incrementOnHost: HostKernel<"Increment"> = (output, { count }) => {
  output[0] = count[0]! + 1;
};
