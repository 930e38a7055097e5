/** @file Kernels that make tensors from numbers. */
import { converted, elementType } from "../convert.ts";
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf } from "../mlir/operand.ts";
import { ANY, FLOAT, INT, type KernelRules, rule, type X } from "../rule.ts";

/** `start + step * i` for each i. */
function progression(b: Builder, size: number, start: number, step: number, type: "f32" | "i32" | "i1") {
  const at = b.iota([size], 0, type === "i1" ? "f32" : type);
  return converted(b, b.add(b.multiply(at, step), start), type);
}

/** Fills, ranges and one-hot vectors. */
export const creation: KernelRules = {
  Diag: rule<X>(ANY, (b, { x }, _, [output]) => {
    const size = sizeOf(x.shape);
    const square = [size, size];
    const isDiagonal = b.compare("EQ", b.iota(square, 0, "i32"), b.iota(square, 1, "i32"));
    const element = b.broadcastInDim(b.reshape(x, [size]), square, [1]);
    return b.reshape(b.select(isDiagonal, element, 0), output!.shape);
  }),
  Fill: rule<object, { value: number }>(ANY, (b, _, { value }, [output]) =>
    b.fill(value, output!.shape, elementType(output!.dtype)),
  ),
  LinSpace: rule<object, { start: number; stop: number; num: number }>(FLOAT, (b, _, { start, stop, num }) =>
    progression(b, num, start, num > 1 ? (stop - start) / (num - 1) : 0, "f32"),
  ),
  OneHot: rule<{ indices: Operand }, { depth: number; onValue: number; offValue: number }>(
    INT,
    (b, { indices }, { onValue, offValue }, [output]) => {
      const { shape, dtype } = output!;
      const type = elementType(dtype);
      // As a cast to the dtype.
      const as = (value: number) => b.fill(type === "i32" ? Math.trunc(value) : value, shape, type);
      const wanted = b.broadcastInDim(
        indices,
        shape,
        indices.shape.map((_, axis) => axis),
      );
      const isOn = b.compare("EQ", wanted, b.iota(shape, shape.length - 1, "i32"));
      return b.select(isOn, as(onValue), as(offValue));
    },
  ),
  Range: rule<object, { start: number; step: number }>(ANY, (b, _, { start, step }, [output]) =>
    progression(b, sizeOf(output!.shape), start, step, elementType(output!.dtype)),
  ),
};
