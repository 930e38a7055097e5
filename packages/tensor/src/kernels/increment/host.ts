/** @file Increment in JavaScript. */
import { registerHostKernel } from "../host.ts";

registerHostKernel("Increment", (output, { count }) => {
  output[0] = count[0]! + 1;
});
