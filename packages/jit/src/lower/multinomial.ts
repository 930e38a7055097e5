/** @file The lowering of draws from given probabilities, from the same random numbers as in eager code. */
import { multinomialDraws } from "@nnx-js/tensor";
import { not, lt } from "../expr/arithmetic.ts";
import { product } from "../expr/segments.ts";
import { filled, toLane } from "./convert.ts";
import { broadcastTo, slice } from "./moves.ts";
import type { Tensor } from "./context.ts";
import { ordering } from "./ordering.ts";
import { reduced, reductions } from "./reduction.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { tabulated } from "./tables.ts";
import { FLOAT } from "./takes.ts";

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
      const bounds = slice(lowering, summed, [0, 0], [batch, events - 1]);
      const draws = multinomialDraws(seed, batch * numSamples);
      const all = [batch, numSamples, events - 1];
      const bound = broadcastTo(lowering, { ...bounds, shape: [batch, 1, events - 1] }, all).expr;
      const table = tabulated(lowering, [batch, numSamples, 1], "float32", (i) => draws[i]!);
      const draw = broadcastTo(lowering, table, all).expr;
      const isPassed = not(lt(draw, bound));
      const passed: Tensor = { shape: all, dtype: "int32", expr: toLane(isPassed, "i32") };
      return reduced(lowering, passed, [2], "sum", { shape, dtype: "int32" });
    },
  ),
};
