/** @file Steps that are routines of contiguous tensors. */
import type { Dtype } from "../graph/graph.ts";
import { load } from "../expr/expr.ts";
import type { RoutineStep } from "../steps/step.ts";
import { product } from "../expr/segments.ts";
import { laneOfDtype, type Lowering, type Tensor } from "./context.ts";
import { filled } from "./convert.ts";

/** What may be known of a routine. */
interface RoutineOptions {
  /** Of the first output, if the routine takes an epilogue. */
  readonly columns?: number | undefined;
  readonly spec?: object | undefined;
}

/** Adds the step of a routine that takes `inputs` and gives tensors of the shapes of `outputs`, in this order. */
export function routineOf(
  lowering: Lowering,
  label: string,
  inputs: readonly Tensor[],
  outputs: readonly { readonly shape: readonly number[]; readonly dtype: Dtype }[],
  emit: RoutineStep["emit"],
  { columns, spec }: RoutineOptions = {},
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
    emit,
    spec,
  });
  return outputs.map(({ shape, dtype }, i) => ({ shape, dtype, expr: load(writes[i]!, laneOfDtype(dtype)) }));
}
