/** @file Matrix products. */
import { converted } from "../convert.ts";
import type { Builder } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";
import { dotGeneral } from "../mlir/products.ts";
import { type AB, ANY, FLOAT, type KernelRules, rule } from "../rule.ts";
import { finished, type Fused, type FusedAttrs } from "./activations.ts";

interface Attrs {
  transposeA: boolean;
  transposeB: boolean;
}

/** The last axis but one, or the last. */
const axisOf = (x: Operand, isLast: boolean) => x.shape.length - (isLast ? 1 : 2);

function batchMatMul(
  b: Builder,
  left: Operand,
  right: Operand,
  { transposeA, transposeB }: Attrs,
  shape: readonly number[],
): Operand {
  const batch = shape.slice(0, -2);
  /** The matrices of an operand, as many as the result has. */
  const whole = (x: Operand) => b.broadcast(x, [...batch, ...x.shape.slice(-2)]);
  const x = whole(left);
  const single = right.shape.slice(0, -2).every((size) => size === 1);
  if (single) {
    // One matrix for all rows of all batches.
    const y = b.reshape(right, right.shape.slice(-2));
    return b.reshape(
      dotGeneral(b, x, y, {
        batching: [],
        contracting: [[axisOf(x, !transposeA), axisOf(y, transposeB)]],
      }),
      shape,
    );
  }
  const y = whole(right);
  return dotGeneral(b, x, y, {
    batching: batch.map((_, axis) => [axis, axis] as const),
    contracting: [[axisOf(x, !transposeA), axisOf(y, transposeB)]],
  });
}

/** Matrix products. */
export const matmul: KernelRules = {
  BatchMatMul: rule<AB, Attrs>(ANY, (b, inputs, attrs, [output]) => {
    const type = output!.dtype === "float32" ? "f32" : "i32";
    return batchMatMul(b, converted(b, inputs.a, type), converted(b, inputs.b, type), attrs, output!.shape);
  }),
  _FusedMatMul: rule<AB & Fused, Attrs & FusedAttrs>(FLOAT, (b, inputs, attrs, [output]) =>
    finished(b, batchMatMul(b, inputs.a, inputs.b, attrs, output!.shape), inputs, attrs),
  ),
};
