/** @file IntegerPower in JavaScript. */
import type { HostKernel } from "../host.ts";

/** Writes the power; storing it rounds it to float32. */
export const integerPowerOnHost: HostKernel<"IntegerPower"> = (output, { exponent }, { base }) => {
  output[0] = Math.fround(base) ** exponent[0]!;
};
