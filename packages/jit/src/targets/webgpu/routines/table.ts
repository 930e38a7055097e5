/** @file The tasks of each kind of routine. */
import type { Buffer } from "../../../expr/expr.ts";
import type { PlainKind, RoutineKind, RoutineSpec } from "../../../steps/specs/routine-spec.ts";
import type { RoutineStep } from "../../../steps/step.ts";
import type { Temporaries } from "../reduce/fold.ts";
import type { Task } from "../task.ts";
import { argExtreme } from "./arg-extreme.ts";
import { cumulative } from "./cumulative.ts";
import { int8Product } from "./int8-product.ts";
import { integerPower } from "./integer-power.ts";
import { permutation } from "./permutation.ts";
import { maxPoolingGradient, meanPoolingGradient } from "./pooling-gradient.ts";
import { pooling } from "./pooling.ts";
import { scatter } from "./scatter.ts";
import { topK } from "./top-k.ts";

/** The kinds that are products. */
type ProductKind = Extract<RoutineKind, "matmul" | `${"convolution" | "depthwise"}${string}`>;

/** The kinds that are none, but for loops and branches. */
type OtherKind = Exclude<PlainKind, ProductKind>;

type Two = readonly [Buffer, Buffer];
type Three = readonly [Buffer, Buffer, Buffer];

/** What kinds take, and behind that what they give. */
interface Operands {
  readonly "arg extreme": Two;
  readonly cumulative: Two;
  readonly "int8 product": Three;
  readonly "integer power": Two;
  readonly "max pooling": Two;
  readonly "max pooling gradient": Three;
  readonly "mean pooling": Two;
  readonly "mean pooling gradient": Two;
  readonly permutation: Two | Three;
  readonly scatter: Three;
  readonly "top k": Three;
}

/** The tasks for what `spec` asks of whole buffers. */
type Tasks<Kind extends OtherKind> = (
  spec: RoutineSpec<Kind>,
  operands: Operands[Kind],
  temporaries: Temporaries,
) => Task[];

const TASKS: { readonly [Kind in OtherKind]: Tasks<Kind> } = {
  "arg extreme": argExtreme,
  cumulative,
  "int8 product": int8Product,
  "integer power": integerPower,
  "max pooling": (spec, operands, temporaries) => pooling(spec, "max", operands, temporaries),
  "max pooling gradient": maxPoolingGradient,
  "mean pooling": (spec, operands, temporaries) => pooling(spec, "mean", operands, temporaries),
  "mean pooling gradient": meanPoolingGradient,
  permutation,
  scatter,
  "top k": topK,
};

/** Whether `spec` is of a kind that is no product. */
export function isOther(spec: RoutineSpec): spec is RoutineSpec<OtherKind> {
  return spec.kind in TASKS;
}

/** The tasks of a routine that is no product. */
export function otherTasks<Kind extends OtherKind>(
  spec: RoutineSpec<Kind>,
  { operands }: Pick<RoutineStep, "operands">,
  temporaries: Temporaries,
): Task[] {
  const buffers = operands.map(({ buffer }) => buffer);
  // Lowering gives as many as the kind has.
  return TASKS[spec.kind](spec, buffers as unknown as Operands[Kind], temporaries);
}
