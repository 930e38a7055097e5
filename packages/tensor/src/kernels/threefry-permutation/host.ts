/** @file ThreefryPermutation in JavaScript. */
import type { HostKernel } from "../host.ts";
import { randomBits, threefry2x32 } from "../threefry/threefry.ts";
import { shuffleRounds } from "./rounds.ts";

export const permutationOnHost: HostKernel<"ThreefryPermutation"> = (output, { key, x }, { n }) => {
  let order = Uint32Array.from({ length: n }, (_, i) => i);
  const keys = Int32Array.of(key[0]!, key[1]!, 0, 0);
  for (let round = shuffleRounds(n); round > 0; round--) {
    const [key0, key1] = [keys[0]!, keys[1]!];
    threefry2x32(key0, key1, 0, 0, keys, 0);
    threefry2x32(key0, key1, 0, 1, keys, 2);
    const places = sortedPlaces(keys[2]!, keys[3]!, n);
    order = places.map((place) => order[place]!);
  }
  for (let i = 0; i < n; i++) output[i] = x ? x[order[i]!]! : order[i]!;
};

/** 32 + 21 bits: as much as a double holds exactly. */
const PACKED_END = 2 ** 21;

/** The places 0 to n - 1, sorted by the random words that belong to them; equal words keep their order. */
function sortedPlaces(key0: number, key1: number, n: number): Uint32Array {
  const words = Uint32Array.from({ length: n }, (_, i) => randomBits(key0, key1, i));
  if (n > PACKED_END) {
    const places = Uint32Array.from(words, (_, i) => i);
    places.sort((a, b) => words[a]! - words[b]! || a - b);
    return places;
  }
  // Word and place in one number: a typed array of numbers sorts without calling back, several times faster.
  const packed = Float64Array.from(words, (word, i) => word * PACKED_END + i);
  packed.sort();
  return Uint32Array.from(packed, (value) => value % PACKED_END);
}
