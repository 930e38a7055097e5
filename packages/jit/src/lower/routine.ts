/** @file Steps that are routines of contiguous tensors. */
import type { Dtype } from "@nnx-js/nn/trace";
import { load } from "../expr/expr.ts";
import type { RoutineSpec } from "../steps/specs/routine-spec.ts";
import { product } from "../expr/segments.ts";
import { laneOfDtype, type Lowering, type Tensor } from "./context.ts";
import { filled } from "./convert.ts";

/**
 * Adds the step of a routine that takes `inputs` and gives tensors of the shapes of `outputs`, in this order.
 *
 * @param columns of the first output, if a loop may finish it
 */
export function routineOf(
  lowering: Lowering,
  label: string,
  inputs: readonly Tensor[],
  outputs: readonly { readonly shape: readonly number[]; readonly dtype: Dtype }[],
  spec: RoutineSpec,
  columns?: number,
): Tensor[] {
  // Of no elements there is nothing to compute.
  if (outputs.every(({ shape }) => product(shape) === 0)) {
    return outputs.map(({ shape, dtype }) => filled(shape, dtype, 0));
  }
  const reads = inputs.map((tensor) => lowering.bufferOf(tensor));
  const writes = outputs.map(({ shape }) => lowering.buffer(product(shape)));
  lowering.steps.push({
    kind: "routine",
    label,
    operands: [...reads, ...writes].map((buffer) => ({ buffer, offset: 0 })),
    reads,
    writes,
    result:
      columns === undefined ? undefined : { buffer: writes[0]!, rows: writes[0]!.size / columns, columns },
    spec,
  });
  return outputs.map(({ shape, dtype }, i) => ({ shape, dtype, expr: load(writes[i]!, laneOfDtype(dtype)) }));
}
