/** @file The random kernels of `@nnx-js/tensor`. */
import { integers, sample } from "../math/distributions.ts";
import { keysFrom, randomBits } from "../math/threefry.ts";
import type { Builder } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";
import { gather } from "../mlir/products.ts";
import { sort } from "../mlir/regions.ts";
import { ANY, INT, type KernelRules, rule } from "../rule.ts";

/** The words of a key, which TensorFlow.js holds as int32. */
const words = (b: Builder, key: Operand) => b.bitcast(key, "ui32");

/** Row `index` of keys. */
function keyAt(b: Builder, keys: Operand, index: number): Operand {
  return b.reshape(b.part(keys, 0, index, 1), [2]);
}

/** Rounds of sorting by fresh words that make ties improbable, as JAX counts them. */
function shuffleRounds(n: number): number {
  return Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1));
}

/** The numbers below `n` in a random order. */
function permutation(b: Builder, key: Operand, n: number): Operand {
  let order = b.iota([n], 0, "i32");
  let current = key;
  for (let round = shuffleRounds(n); round > 0; round--) {
    const keys = keysFrom(b, current, b.iota([2], 0, "ui32"));
    current = keyAt(b, keys, 0);
    [, order] = sort(b, randomBits(b, keyAt(b, keys, 1), [n]), order, 0, "LT");
  }
  return order;
}

/** Numbers of `shape` from one key. */
function drawn(
  b: Builder,
  key: Operand,
  shape: readonly number[],
  distribution: string,
  parameters: readonly number[],
): Operand {
  if (distribution !== "randint")
    return sample(b, randomBits(b, words(b, key), shape), distribution, parameters);
  const keys = keysFrom(b, words(b, key), b.iota([2], 0, "ui32"));
  const [high, low] = [0, 1].map((i) => randomBits(b, keyAt(b, keys, i), shape)) as [Operand, Operand];
  const [minval = 0, maxval = 1] = parameters;
  return integers(b, high, low, minval, maxval);
}

/** Kernels that make keys and random numbers. */
export const randomness: KernelRules = {
  Increment: rule<{ count: Operand }>(INT, (b, { count }) => b.add(count, 1)),
  ThreefryFoldIn: rule<{ key: Operand; data?: Operand }, { data: number }>(INT, (b, { key, data }, attrs) => {
    const several = Math.max(
      key.shape.length === 2 ? key.shape[0]! : 0,
      data?.shape.length === 1 ? data.shape[0]! : 0,
    );
    const folded = (i: number) => {
      const number = data?.shape.length === 1 ? b.part(data, 0, i, 1) : data;
      const count = number ? b.bitcast(b.reshape(number, []), "ui32") : b.fill(attrs.data, [], "ui32");
      return b.bitcast(keysFrom(b, words(b, key.shape.length === 2 ? keyAt(b, key, i) : key), count), "i32");
    };
    if (several === 0) return folded(0);
    const keys = Array.from({ length: several }, (_, i) => b.reshape(folded(i), [1, 2]));
    return b.concatenate(keys, 0);
  }),
  ThreefrySplit: rule<{ key: Operand }, { n: number }>(INT, (b, { key }, { n }) => {
    const made = (one: Operand) => b.bitcast(keysFrom(b, words(b, one), b.iota([n], 0, "ui32")), "i32");
    if (key.shape.length === 1) return made(key);
    return b.concatenate(
      Array.from({ length: key.shape[0]! }, (_, i) => b.reshape(made(keyAt(b, key, i)), [1, n, 2])),
      0,
    );
  }),
  ThreefryTake: rule<{ keys: Operand }, { index: number }>(INT, (b, { keys }, { index }) =>
    keys.shape.length === 2
      ? keyAt(b, keys, index)
      : b.reshape(b.part(keys, 1, index, 1), [keys.shape[0]!, 2]),
  ),
  ThreefryRandom: rule<{ key: Operand }, { distribution: string; parameters: number[] }>(
    INT,
    (b, { key }, { distribution, parameters }, [output]) => {
      if (key.shape.length === 1) return drawn(b, key, output!.shape, distribution, parameters);
      // Of several keys, each draws one part.
      const shape = [1, ...output!.shape.slice(1)];
      const parts = Array.from({ length: key.shape[0]! }, (_, i) =>
        drawn(b, keyAt(b, key, i), shape, distribution, parameters),
      );
      return parts.length === 1 ? parts[0]! : b.concatenate(parts, 0);
    },
  ),
  ThreefryPermutation: rule<{ key: Operand; x?: Operand }, { n: number }>(
    { all: INT, named: { x: ANY } },
    (b, { key, x }, { n }) => {
      const order = permutation(b, words(b, key), n);
      return x ? gather(b, x, b.reshape(order, [n, 1]), [0]) : order;
    },
  ),
};
