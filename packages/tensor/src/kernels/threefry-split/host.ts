/** @file ThreefrySplit in JavaScript. */
import { registerHostKernel } from "../host.ts";
import { threefry2x32 } from "../threefry/threefry.ts";

registerHostKernel("ThreefrySplit", (output, { key }, { n }) => {
  const [key0, key1] = [key[0]!, key[1]!];
  for (let i = 0; i < n; i++) threefry2x32(key0, key1, 0, i, output as Int32Array, 2 * i);
});
