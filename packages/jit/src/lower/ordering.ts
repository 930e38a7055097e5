/** @file Lowerings of kernels that go through elements in an order: cumulative ones, top k, permutations. */
import { util } from "@tensorflow/tfjs-core";
import type { CumulativeSpec } from "../steps/specs/ordering.ts";
import { product } from "../expr/segments.ts";
import { laneOfDtype, type Tensor } from "./context.ts";
import { converted } from "./convert.ts";
import { routineOf } from "./routine.ts";
import { type LoweringRule, type LoweringRules, rule, type X } from "./rule.ts";
import { ANY, INT } from "./takes.ts";

function laneOf({ dtype }: { dtype: Tensor["dtype"] }): "f32" | "i32" {
  return laneOfDtype(dtype) === "f32" ? "f32" : "i32";
}

function cumulative(operation: CumulativeSpec["operation"]): LoweringRule {
  return rule<X, { axis: number; exclusive: boolean; reverse: boolean }>(
    ANY,
    (lowering, { x }, { axis, exclusive, reverse }, [output]) => {
      const [at = 0] = util.parseAxisParam(axis, [...x.shape]);
      return routineOf(lowering, `cumulative ${operation}`, [converted(x, output!.dtype)], [output!], {
        kind: "cumulative",
        outer: product(x.shape.slice(0, at)),
        size: x.shape[at]!,
        inner: product(x.shape.slice(at + 1)),
        operation,
        lane: laneOf(output!),
        exclusive,
        reverse,
      });
    },
  );
}

/** Rounds of sorting by fresh words that make ties improbable, as JAX counts them. */
function shuffleRounds(n: number): number {
  return Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1));
}

/** Scans, selections of the largest, random orders. */
export const ordering: LoweringRules = {
  Cumprod: cumulative("product"),
  Cumsum: cumulative("sum"),
  ThreefryPermutation: rule<{ key: Tensor; x?: Tensor }, { n: number }>(
    { all: INT, named: { x: ANY } },
    (lowering, { key, x }, { n }, [output]) =>
      routineOf(lowering, `permutation of ${n}`, x ? [key, x] : [key], [output!], {
        kind: "permutation",
        count: n,
        rounds: shuffleRounds(n),
        gathers: x !== undefined,
      }),
  ),
  TopK: rule<X, { k: number }>(ANY, (lowering, { x }, { k }, outputs) => {
    const size = x.shape.at(-1)!;
    return routineOf(lowering, `top ${k} of ${size}`, [x], outputs, {
      kind: "top k",
      rows: product(x.shape.slice(0, -1)),
      size,
      k,
      lane: laneOf(x),
    });
  }),
};
