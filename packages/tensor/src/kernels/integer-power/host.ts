/** @file IntegerPower in JavaScript. */
import { registerHostKernel } from "../host.ts";

registerHostKernel("IntegerPower", (output, { exponent }, { base }) => {
  output[0] = Math.fround(base) ** exponent[0]!;
});
