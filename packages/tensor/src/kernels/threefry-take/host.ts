/** @file ThreefryTake in JavaScript. */
import { registerHostKernel } from "../host.ts";

registerHostKernel("ThreefryTake", (output, { keys }, { index }) => {
  output.set(keys.subarray(2 * index, 2 * index + 2));
});
