/** @file Kernels that go through elements in an order: cumulative ones, top k. */
import { util } from "@tensorflow/tfjs-core";
import { converted, elementType } from "../convert.ts";
import { reduceWindow, sort } from "../mlir/regions.ts";
import { sizeOf } from "../mlir/operand.ts";
import { ANY, type KernelRule, type KernelRules, rule, type X } from "../rule.ts";

function cumulative(reducer: "add" | "multiply"): KernelRule {
  return rule<X, { axis: number; exclusive: boolean; reverse: boolean }>(
    ANY,
    (b, { x }, { axis, exclusive, reverse }, [output]) => {
      const [at = 0] = util.parseAxisParam(axis, [...x.shape]);
      const value = converted(b, x, elementType(output!.dtype));
      const size = x.shape[at]!;
      if (sizeOf(x.shape) === 0) return value;
      // Windows that end at each element, or begin there; without it where it does not count.
      const shift = exclusive ? 1 : 0;
      const around = reverse ? ([-shift, size - 1 + shift] as const) : ([size - 1 + shift, -shift] as const);
      const edges = x.shape.map((_, i) => (i === at ? around : ([0, 0] as const)));
      const window = x.shape.map((_, i) => (i === at ? size : 1));
      const strides = x.shape.map(() => 1);
      if (shift === 0) return reduceWindow(b, value, { size: window, strides, padding: edges }, reducer);
      const neutral = reducer === "add" ? 0 : 1;
      const none = edges.map(() => [0, 0] as const);
      return reduceWindow(b, b.pad(value, neutral, edges), { size: window, strides, padding: none }, reducer);
    },
  );
}

/** Scans, and selections of the largest. */
export const ordering: KernelRules = {
  Cumprod: cumulative("multiply"),
  Cumsum: cumulative("add"),
  TopK: rule<X, { k: number }>(ANY, (b, { x }, { k }) => {
    const axis = x.shape.length - 1;
    const value = x.type === "i1" ? converted(b, x, "i32") : x;
    const [values, places] = sort(b, value, b.iota(x.shape, axis, "i32"), axis, "GT");
    return [b.part(values, axis, 0, k), b.part(places, axis, 0, k)];
  }),
};
