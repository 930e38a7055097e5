/** @file The lowering of draws from given probabilities, with the numbers that TensorFlow.js draws. */
import { product, sliced } from "../expr/segments.ts";
import { apply } from "../expr/operations.ts";
import { broadcastTo, filled, toLane } from "./convert.ts";
import type { Tensor } from "./context.ts";
import { ordering } from "./ordering.ts";
import { reduced, reductions } from "./reduction.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { tabulated } from "./tables.ts";
import { FLOAT } from "./takes.ts";

/** Random numbers of [0, 1) from a seed. @see Baagøe's Alea, as npm's seedrandom has it */
function alea(seed: string): () => number {
  let state = 0xefc8249d;
  const mash = (text: string) => {
    for (let i = 0; i < text.length; i++) {
      state += text.charCodeAt(i);
      let product = 0.02519603282416938 * state;
      state = product >>> 0;
      product = (product - state) * state;
      state = product >>> 0;
      state += (product - state) * 2 ** 32;
    }
    return (state >>> 0) * 2 ** -32;
  };
  let words = [mash(" "), mash(" "), mash(" ")];
  words = words.map((word) => {
    const rest = word - mash(seed);
    return rest < 0 ? rest + 1 : rest;
  });
  let carry = 1;
  return () => {
    const [first, second, third] = words as [number, number, number];
    const next = 2_091_639 * first + carry * 2 ** -32;
    carry = Math.trunc(next);
    words = [second, third, next - carry];
    return next - carry;
  };
}

/** The largest float32 that is not above `x`, of [0, 1): below a float32 are both, or neither. */
function roundedDown(x: number): number {
  const nearest = Math.fround(x);
  return nearest <= x ? nearest : Math.fround(nearest - 2 ** (Math.floor(Math.log2(nearest)) - 24));
}

interface Attrs {
  numSamples: number;
  seed: number;
  normalized: boolean;
}

/** Draws of categories. */
export const multinomials: LoweringRules = {
  Multinomial: rule<{ logits: Tensor }, Attrs>(
    FLOAT,
    (lowering, { logits }, { numSamples, seed, normalized }, [output]) => {
      const { shape } = output!;
      const [batch = 0, events = 0] = logits.shape;
      if (product(shape) === 0 || events < 2) return filled(shape, "int32", 0);
      const value = { id: -1, shape: logits.shape, dtype: "float32" as const };
      // The rules of these kernels give one tensor.
      const probabilities = normalized
        ? logits
        : (reductions["Softmax"]!.lower(lowering, { logits }, { dim: 1 }, [value]) as Tensor);
      const summed = [
        ordering["Cumsum"]!.lower(
          lowering,
          { x: probabilities },
          { axis: 1, exclusive: false, reverse: false },
          [value],
        ),
      ].flat()[0] as Tensor;
      // The last category is what is left.
      const bounds = lowering.move(
        summed,
        [batch, events - 1],
        sliced(logits.shape, [0, 0], [batch, events - 1]),
      );
      const random = alea(String(seed));
      const draws = Array.from({ length: numSamples }, random);
      const all = [batch, numSamples, events - 1];
      const bound = broadcastTo(lowering, { ...bounds, shape: [batch, 1, events - 1] }, all).expr;
      const table = tabulated(lowering, [1, numSamples, 1], "float32", (i) => roundedDown(draws[i]!));
      const draw = broadcastTo(lowering, table, all).expr;
      const isPassed = apply("bool.not", apply("f32.lt", draw, bound));
      const passed: Tensor = { shape: all, dtype: "int32", expr: toLane(isPassed, "i32") };
      return reduced(lowering, passed, [2], "sum", { shape, dtype: "int32" });
    },
  ),
};
