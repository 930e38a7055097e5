/** @file Lowerings of the random kernels of `@nnx-js/tensor`. */
import { type Distribution, truncatedNormalBounds } from "@nnx-js/tensor";
import { add } from "../expr/arithmetic.ts";
import { constant, type Expr, index } from "../expr/expr.ts";
import { apply } from "../expr/operations.ts";
import { contiguous, product, sliced } from "../expr/segments.ts";
import { load } from "../expr/expr.ts";
import type { Lowering, Tensor } from "./context.ts";
import { mapped } from "./convert.ts";
import { broadcastTo, slice } from "./moves.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { INT } from "./takes.ts";

const i32 = (value: number) => constant(value, "i32");
const f32 = (value: number) => constant(value, "f32");

/** Distributions that take 32 bits an element. */
type OneDraw = Exclude<Distribution, "bits" | "randint">;

/** The two words of `key`, for each element of `shape`; of several keys, those of one for each element. */
function wordsOf(lowering: Lowering, key: Tensor, shape: readonly number[]): [Expr, Expr] {
  const word = (i: number) => {
    const n = product(key.shape) / 2;
    const one = slice(lowering, { ...key, shape: [n, 2] }, [0, i], [n, 1]);
    const lanes = key.shape.slice(0, -1);
    // Of several keys, each is for one part of what they are for.
    const wide = [...lanes, ...shape.slice(lanes.length).map(() => 1)];
    return broadcastTo(lowering, { ...one, shape: wide }, shape).expr;
  };
  return [word(0), word(1)];
}

/** Keys made from `key` and each of `counts`, `[...shape] → [...shape, 2]`. */
function keysFrom(lowering: Lowering, key: Tensor, counts: Tensor, shape: readonly number[]): Tensor {
  const words = wordsOf(lowering, key, counts.shape);
  const size = product(counts.shape);
  const buffer = lowering.buffer(2 * size);
  const stores = (["threefry.first", "threefry.second"] as const).map((op, i) => ({
    buffer,
    layout: sliced([size, 2], [0, i], [size, 1])(contiguous(2 * size))!,
    expr: apply(op, ...words, counts.expr),
  }));
  lowering.map(size, ...stores);
  return { shape, dtype: "int32", expr: load(buffer, "i32") };
}

/** 32 random bits for each element of `shape`, of each key from the beginning. */
function bitsOf(lowering: Lowering, key: Tensor, shape: readonly number[]): Expr {
  const part = shape.slice(key.shape.length - 1);
  const counts: Tensor = { shape: part, dtype: "int32", expr: index(product(part)) };
  return apply("threefry.bits", ...wordsOf(lowering, key, shape), broadcastTo(lowering, counts, shape).expr);
}

/** The operation of a distribution that is computed from `bits` and numbers. */
function drawn(name: OneDraw, bits: Expr, numbers: readonly number[] = []): Expr {
  return apply(`random.${name}`, bits, ...numbers.map(f32));
}

/** What a truncated normal distribution is computed from. */
function truncation(lower: number, upper: number): number[] {
  const { low, high, least, greatest } = truncatedNormalBounds(lower, upper);
  return [low, high, least, greatest];
}

/** Kernels that make keys and random numbers. */
export const randomness: LoweringRules = {
  Increment: rule<{ count: Tensor }>(INT, (_, { count }) => mapped(count, "int32", (expr) => add(expr, 1))),
  ThreefryFoldIn: rule<{ key: Tensor; data?: Tensor }, { data: number }>(
    INT,
    (lowering, { key, data }, attrs) => {
      const count: Tensor = data ?? { shape: [], dtype: "int32", expr: i32(attrs.data) };
      const lanes = count.shape.length === 1 ? count.shape : key.shape.slice(0, -1);
      return keysFrom(lowering, key, broadcastTo(lowering, count, lanes), [...lanes, 2]);
    },
  ),
  ThreefrySplit: rule<{ key: Tensor }, { n: number }>(INT, (lowering, { key }, { n }, [output]) => {
    const counts: Tensor = { shape: [n], dtype: "int32", expr: index(n) };
    const { shape } = output!;
    return keysFrom(lowering, key, broadcastTo(lowering, counts, shape.slice(0, -1)), shape);
  }),
  ThreefryTake: rule<{ keys: Tensor }, { index: number }>(INT, (lowering, { keys }, attrs, [output]) => {
    const lanes = keys.shape.slice(0, -2);
    const [begin, size] = [
      [...lanes.map(() => 0), attrs.index, 0],
      [...lanes, 1, 2],
    ];
    return { ...slice(lowering, keys, begin, size), shape: output!.shape };
  }),
  ThreefryRandom: rule<{ key: Tensor }, { distribution: Distribution; parameters: number[] }>(
    INT,
    (lowering, { key }, { distribution, parameters }, [output]) => {
      const { shape, dtype } = output!;
      const [p, q] = parameters;
      const bits = () => bitsOf(lowering, key, shape);
      const expr = (() => {
        switch (distribution) {
          case "bits":
            return bits();
          case "truncatedNormal":
            return drawn(distribution, bits(), truncation(p!, q!));
          case "randint": {
            const lanes = key.shape.slice(0, -1);
            const [high, low] = [0, 1].map((i) => {
              const count = broadcastTo(lowering, { shape: [], dtype: "int32", expr: i32(i) }, lanes);
              return bitsOf(lowering, keysFrom(lowering, key, count, key.shape), shape);
            });
            return apply("random.randint", high!, low!, i32(p!), i32(q!));
          }
          default:
            return drawn(distribution, bits(), parameters);
        }
      })();
      return { shape, dtype, expr };
    },
  ),
};
