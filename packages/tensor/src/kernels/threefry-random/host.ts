/** @file ThreefryRandom in JavaScript. */
import type { HostKernel } from "../host.ts";
import type { HostArray } from "../hosts/host.ts";
import { integerFrom, integerSpan, samplers } from "../threefry/distributions.ts";
import { randomBits, threefry2x32 } from "../threefry/threefry.ts";

export const randomOnHost: HostKernel<"ThreefryRandom"> = (output, { key }, { distribution, parameters }) => {
  const length = output.length / (key.length / 2);
  for (let at = 0; 2 * at < key.length; at++) {
    const part = output.subarray(at * length, (at + 1) * length);
    const [key0, key1] = [key[2 * at]!, key[2 * at + 1]!];
    if (distribution === "randint") fillIntegers(part, key0, key1, parameters);
    else {
      const sample = samplers[distribution](...parameters);
      for (let i = 0; i < length; i++) part[i] = sample(randomBits(key0, key1, i));
    }
  }
};

function fillIntegers(output: HostArray, key0: number, key1: number, parameters: number[]): void {
  const [minval = 0, maxval = 1] = parameters;
  const constants = integerSpan(minval, maxval);
  const keys = new Int32Array(4);
  threefry2x32(key0, key1, 0, 0, keys, 0);
  threefry2x32(key0, key1, 0, 1, keys, 2);
  for (let i = 0; i < output.length; i++) {
    const high = randomBits(keys[0]!, keys[1]!, i);
    const low = randomBits(keys[2]!, keys[3]!, i);
    output[i] = integerFrom(high, low, minval, constants);
  }
}
