/** @file Draws from given probabilities, by the same random numbers as in eager code. */
import { multinomialDraws } from "@nnx-js/tensor";
import { type Operand, sizeOf } from "../mlir/operand.ts";
import { reduce, reduceWindow } from "../mlir/regions.ts";
import { FLOAT, type KernelRules, rule } from "../rule.ts";
import { softmax } from "./reductions.ts";

interface Attrs {
  numSamples: number;
  seed: number;
  normalized: boolean;
}

/** Draws of categories. */
export const multinomials: KernelRules = {
  Multinomial: rule<{ logits: Operand }, Attrs>(
    FLOAT,
    (b, { logits }, { numSamples, seed, normalized }, [output]) => {
      const { shape } = output!;
      const [batch = 0, events = 0] = logits.shape;
      if (sizeOf(shape) === 0 || events < 2) return b.fill(0, shape, "i32");
      const probabilities = normalized ? logits : softmax(b, logits, 1);
      const windows = {
        size: [1, events],
        strides: [1, 1],
        padding: [[0, 0] as const, [events - 1, 0] as const],
      };
      // The last category is what is left.
      const bounds = b.part(reduceWindow(b, probabilities, windows, "add"), 1, 0, events - 1);
      const all = [batch, numSamples, events - 1];
      const draws = b.table(multinomialDraws(seed, batch * numSamples), [batch, numSamples], "f32");
      const isBelow = b.compare(
        "LT",
        b.broadcastInDim(draws, all, [0, 1]),
        b.broadcastInDim(bounds, all, [0, 2]),
      );
      return reduce(b, b.convert(b.unary("not", isBelow), "i32"), [2], "add");
    },
  ),
};
