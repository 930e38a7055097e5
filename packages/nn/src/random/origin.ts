/** @file Where the key of a stream comes from, so that `reseed` can make it again from another seed. */
import type { RngCount, RngKey } from "../variable/types.ts";
import type { VariableStore } from "../variable/store.ts";

/** What a chain of forks begins with. Keys from elsewhere than a seed are each a root of their own. */
interface Root {
  readonly seed: number | undefined;
}

/** The root of a key, and the numbers that were folded into the root's key to make it. */
export interface Origin {
  readonly root: Root;
  readonly steps: readonly number[];
}

/** Known to compilers, for which it is no state: a key from another seed is as good. */
const ORIGIN = Symbol.for("@nnx-js/nn/origin");

/** The origin of a stream that is made from a seed, or from a key that is not known. */
export function newOrigin(seed?: number): Origin {
  return { root: { seed }, steps: [] };
}

/** Notes where `key` comes from. Not enumerable: copied with the Variable, but neither shown nor compared. */
export function setOrigin(key: RngKey, origin: Origin): void {
  Object.defineProperty(key, ORIGIN, { value: origin, writable: true, configurable: true });
}

/** Where `key` comes from. */
export function originOf(key: RngKey): Origin {
  const { [ORIGIN]: origin } = key as { [ORIGIN]?: Origin };
  return origin ?? newOrigin();
}

/** Whether two streams were made from one seed, or one key. */
export function sameRoot(a: Origin, b: Origin): boolean {
  return a.root === b.root || (a.root.seed !== undefined && a.root.seed === b.root.seed);
}

/**
 * How many keys a count has given, as far as it is known without reading the value. Whoever writes to it otherwise
 * changes its version, and the number is not known any more.
 */
const known = new WeakMap<VariableStore, { version: number; draws: number }>();

/** Notes that `count` is at `draws` now. */
export function setDraws({ store }: RngCount, draws: number): void {
  known.set(store, { version: store.version, draws });
}

/** How many keys `count` has given, `undefined` when that is not known. */
export function drawsOf({ store }: RngCount): number | undefined {
  const noted = known.get(store);
  return noted?.version === store.version ? noted.draws : undefined;
}

/** The origin of the next key of the stream of `key` and `count`. */
export function nextOrigin(key: RngKey, count: RngCount): Origin {
  const draws = drawsOf(count);
  if (draws === undefined) return newOrigin();
  const { root, steps } = originOf(key);
  return { root, steps: [...steps, draws] };
}
