/** @file Lowerings of kernels that make tensors from numbers. */
import { add, eq, mul, select } from "../expr/arithmetic.ts";
import { constant, index } from "../expr/expr.ts";
import { product } from "../expr/segments.ts";
import { laneOfDtype, type Tensor } from "./context.ts";
import { filled, toLane } from "./convert.ts";
import { broadcastTo } from "./moves.ts";
import { type LoweringRules, rule, type X } from "./rule.ts";
import { ANY, FLOAT, INT } from "./takes.ts";

/** `start + step * i` for each i. */
function progression(size: number, start: number, step: number, dtype: Tensor["dtype"]): Tensor {
  const at = toLane(index(size), dtype === "int32" ? "i32" : "f32");
  return { shape: [size], dtype, expr: add(mul(at, step), start) };
}

/** Fills, ranges and one-hot vectors. */
export const creation: LoweringRules = {
  Diag: rule<X>(ANY, (lowering, { x }, _, [output]) => {
    const size = product(x.shape);
    const square = [size, size];
    const places: Tensor = { shape: [size], dtype: "int32", expr: index(size) };
    const row = broadcastTo(lowering, { ...places, shape: [size, 1] }, square).expr;
    const column = broadcastTo(lowering, places, square).expr;
    const element = broadcastTo(lowering, { ...x, shape: [size] }, square).expr;
    const expr = select(eq(row, column), element, 0);
    return { shape: output!.shape, dtype: x.dtype, expr };
  }),
  Fill: rule<object, { value: number }>(ANY, (_, __, { value }, [output]) =>
    filled(output!.shape, output!.dtype, value),
  ),
  LinSpace: rule<object, { start: number; stop: number; num: number }>(FLOAT, (_, __, { start, stop, num }) =>
    progression(num, start, num > 1 ? (stop - start) / (num - 1) : 0, "float32"),
  ),
  OneHot: rule<{ indices: Tensor }, { depth: number; onValue: number; offValue: number }>(
    INT,
    (lowering, { indices }, { depth, onValue, offValue }, [output]) => {
      const { shape, dtype } = output!;
      const lane = laneOfDtype(dtype);
      // As a cast to the dtype.
      const as = (value: number) =>
        dtype === "int32" ? Math.trunc(value) : dtype === "bool" ? Number(value !== 0) : value;
      const places: Tensor = { shape: [depth], dtype: "int32", expr: index(depth) };
      const at = broadcastTo(lowering, places, shape).expr;
      const wanted = broadcastTo(lowering, { ...indices, shape: [...indices.shape, 1] }, shape).expr;
      const isOn = eq(toLane(wanted, "i32"), at);
      return {
        shape,
        dtype,
        expr: select(isOn, constant(as(onValue), lane), as(offValue)),
      };
    },
  ),
  Range: rule<object, { start: number; stop: number; step: number }>(
    ANY,
    (_, __, { start, step }, [output]) => progression(product(output!.shape), start, step, output!.dtype),
  ),
};
