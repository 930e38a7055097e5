/** @file Lowerings of the random kernels of `@nnx-js/tensor`. */
import { truncatedNormalBounds } from "@nnx-js/tensor";
import { constant, type Expr, index } from "../expr/expr.ts";
import { apply } from "../expr/operations.ts";
import { contiguous, product, sliced } from "../expr/segments.ts";
import { load } from "../expr/expr.ts";
import type { Lowering, Tensor } from "./context.ts";
import { broadcastTo, mapped } from "./convert.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { INT } from "./takes.ts";

const i32 = (value: number) => constant(value, "i32");
const f32 = (value: number) => constant(value, "f32");

/** The two words of `key`, for each element of `shape`; of several keys, those of one for each element. */
function wordsOf(lowering: Lowering, key: Tensor, shape: readonly number[]): [Expr, Expr] {
  const word = (i: number) => {
    const n = product(key.shape) / 2;
    const one = lowering.move(key, [n], sliced([n, 2], [0, i], [n, 1]));
    return broadcastTo(lowering, { ...one, shape: key.shape.slice(0, -1) }, shape).expr;
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

/** 32 random bits for each of `size` elements. */
function bitsOf(key: [Expr, Expr], size: number): Expr {
  return apply("threefry.bits", ...key, index(size));
}

function truncatedNormal(bits: Expr, lower: number, upper: number): Expr {
  const { low, high, least, greatest } = truncatedNormalBounds(lower, upper);
  return apply("random.truncatedNormal", bits, f32(low), f32(high), f32(least), f32(greatest));
}

/** Kernels that make keys and random numbers. */
export const randomness: LoweringRules = {
  Increment: rule<{ count: Tensor }>(INT, (_, { count }) =>
    mapped(count, "int32", (expr) => apply("i32.add", expr, i32(1))),
  ),
  ThreefryFoldIn: rule<{ key: Tensor; data?: Tensor }, { data: number }>(
    INT,
    (lowering, { key, data }, attrs) => {
      const count: Tensor = data ?? { shape: [], dtype: "int32", expr: i32(attrs.data) };
      const lanes = count.shape.length === 1 ? count.shape : key.shape.slice(0, -1);
      return keysFrom(lowering, key, broadcastTo(lowering, count, lanes), [...lanes, 2]);
    },
  ),
  ThreefrySplit: rule<{ key: Tensor }, { n: number }>(INT, (lowering, { key }, { n }) =>
    keysFrom(lowering, key, { shape: [n], dtype: "int32", expr: index(n) }, [n, 2]),
  ),
  ThreefryTake: rule<{ keys: Tensor }, { index: number }>(INT, (lowering, { keys }, attrs) => ({
    ...lowering.move(keys, [1, 2], sliced(keys.shape, [attrs.index, 0], [1, 2])),
    shape: [2],
  })),
  ThreefryRandom: rule<{ key: Tensor }, { distribution: string; parameters: number[] }>(
    INT,
    (lowering, { key }, { distribution, parameters }, [output]) => {
      const { shape, dtype } = output!;
      const size = product(shape);
      const words = wordsOf(lowering, key, shape);
      const [p, q] = parameters;
      const expr = (() => {
        switch (distribution) {
          case "bits":
            return bitsOf(words, size);
          case "uniform":
            return apply("random.uniform", bitsOf(words, size), f32(p!), f32(q!));
          case "truncatedNormal":
            return truncatedNormal(bitsOf(words, size), p!, q!);
          case "bernoulli":
            return apply("random.bernoulli", bitsOf(words, size), f32(p!));
          case "randint": {
            const keys = keysFrom(lowering, key, { shape: [2], dtype: "int32", expr: index(2) }, [2, 2]);
            const [high, low] = [0, 1].map((i) => {
              const part = lowering.move(keys, [1, 2], sliced([2, 2], [i, 0], [1, 2]));
              return bitsOf(wordsOf(lowering, { ...part, shape: [2] }, shape), size);
            });
            return apply("random.randint", high!, low!, i32(p!), i32(q!));
          }
          case "normal":
          case "gumbel":
          case "exponential":
          case "laplace":
          case "logistic":
            return apply(`random.${distribution}`, bitsOf(words, size));
          default:
            throw new Error(`internal: no random distribution "${distribution}"`);
        }
      })();
      return { shape, dtype, expr };
    },
  ),
};
