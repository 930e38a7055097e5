/** @file Lowerings of matrix products. */
import { batchSize, type MatmulSpec, type Strides } from "../steps/specs/matmul.ts";
import { add } from "../expr/arithmetic.ts";
import { load } from "../expr/expr.ts";
import type { Dtype } from "@nnx-js/nn/trace";
import { product } from "../expr/segments.ts";
import type { Lowering, Strided, Tensor } from "./context.ts";
import { converted, filled, mapped, pointwise } from "./convert.ts";
import { broadcastTo, transpose } from "./moves.ts";
import { elementwise } from "./elementwise.ts";
import { reduced } from "./reduction.ts";
import { type AB, type Inputs, type LoweringRules, rule } from "./rule.ts";
import { ANY, FLOAT } from "./takes.ts";

/** An axis of a product's result that both operands have, or that repeats the one without it. */
interface BatchAxis {
  readonly size: number;
  /** In elements of each operand and of the result. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** A product of matrices that lie in memory at regular distances; the result is row-major. */
export interface ProductSpec {
  readonly a: Strided;
  readonly b: Strided;
  readonly matmul: MatmulSpec;
}

/** Adds the step for a product; gives a tensor of `shape`. */
export function multiplied(
  lowering: Lowering,
  { a, b, matmul }: ProductSpec,
  shape: readonly number[],
): Tensor {
  const { m, n, k, batch = [] } = matmul;
  const size = product(shape);
  if (size === 0 || k === 0) return filled(shape, "float32", 0);
  const buffer = lowering.buffer(size);
  const batches = batchSize(batch);
  lowering.steps.push({
    kind: "routine",
    label: `matmul ${batches > 1 ? `${batches}x ` : ""}${m}x${k}x${n}`,
    operands: [
      { buffer: a.buffer, offset: a.offset },
      { buffer: b.buffer, offset: b.offset },
      { buffer, offset: 0 },
    ],
    reads: [a.buffer, b.buffer],
    writes: [buffer],
    result: { buffer, rows: batches * m, columns: n },
    spec: { kind: "matmul", ...matmul },
  });
  return { shape, dtype: "float32", expr: load(buffer, "f32") };
}

/** Fewer axes that mean the same: neighbours whose strides fit together are one. */
export function joinedAxes(axes: readonly BatchAxis[]): BatchAxis[] {
  const joined: BatchAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = joined.at(-1);
    const fits =
      outer &&
      outer.a === axis.a * axis.size &&
      outer.b === axis.b * axis.size &&
      outer.c === axis.c * axis.size;
    if (fits) joined[joined.length - 1] = { ...axis, size: outer.size * axis.size };
    else joined.push(axis);
  }
  return joined;
}

interface Attrs {
  transposeA: boolean;
  transposeB: boolean;
}

/** The strides of the last two axes, exchanged if the matrix is transposed. */
function matrixStrides({ strides }: Strided, isTransposed: boolean): Strides {
  const [row, column] = strides.slice(-2) as [number, number];
  return isTransposed ? { row: column, column: row } : { row, column };
}

function batchMatMul(
  lowering: Lowering,
  a: Tensor,
  b: Tensor,
  attrs: Attrs,
  shape: readonly number[],
): Tensor {
  const [left, right] = [lowering.strided(a), lowering.strided(b)];
  const rank = shape.length;
  const [m, n] = [shape[rank - 2]!, shape[rank - 1]!];
  const k = a.shape.at(attrs.transposeA ? -2 : -1)!;
  const stride = (tensor: Tensor, strides: readonly number[], axis: number) => {
    const at = axis - (rank - tensor.shape.length);
    return at < 0 || tensor.shape[at] === 1 ? 0 : strides[at]!;
  };
  let step = m * n;
  const axes: BatchAxis[] = [];
  for (let axis = rank - 3; axis >= 0; axis--) {
    const size = shape[axis]!;
    axes.unshift({ size, a: stride(a, left.strides, axis), b: stride(b, right.strides, axis), c: step });
    step *= size;
  }
  const batch = joinedAxes(axes);
  // Rows of all batches are rows of one product where the right matrix is the same for all.
  const [only, ...others] = batch;
  const first = matrixStrides(left, attrs.transposeA);
  const isOneProduct = only && others.length === 0 && only.b === 0 && only.a === m * first.row;
  return multiplied(
    lowering,
    {
      a: left,
      b: right,
      matmul: {
        m: isOneProduct ? m * only.size : m,
        n,
        k,
        batch: isOneProduct ? [] : batch,
        a: first,
        b: matrixStrides(right, attrs.transposeB),
      },
    },
    shape,
  );
}

/** A product of integers: the routine knows floats only, and sums of integers are exact in any order. */
function integerProduct(
  lowering: Lowering,
  a: Tensor,
  b: Tensor,
  { transposeA, transposeB }: Attrs,
  { shape, dtype }: { shape: readonly number[]; dtype: Dtype },
): Tensor {
  /** The elements that are summed along the last axis, and an axis of 1 where the other operand has its own. */
  const side = (x: Tensor, isTransposed: boolean, at: number) => {
    const [row, column] = [x.shape.length - 2, x.shape.length - 1];
    const perm = [...x.shape.keys()].slice(0, -2).concat(isTransposed ? [column, row] : [row, column]);
    const moved = transpose(lowering, x, perm);
    return { ...moved, shape: [...moved.shape.slice(0, at), 1, ...moved.shape.slice(at)] };
  };
  const sides = [side(a, transposeA, -1), side(b, !transposeB, -2)];
  const k = sides[0]!.shape.at(-1)!;
  const products = pointwise(lowering, "i32.mul", "i32", sides, { shape: [...shape, k], dtype: "int32" });
  const sum = reduced(lowering, products, [shape.length], "sum", { shape, dtype: "int32" });
  return converted(sum, dtype);
}

interface FusedAttrs extends Attrs {
  activation: string;
  leakyreluAlpha?: number;
}

/** The kernels that fused operations name their activations after. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** What follows a product in a fused kernel: a bias and an activation. */
export function finished(
  lowering: Lowering,
  result: Tensor,
  { bias, preluActivationWeights: alpha }: { bias?: Tensor; preluActivationWeights?: Tensor },
  { activation, leakyreluAlpha }: { activation?: string; leakyreluAlpha?: number },
): Tensor {
  const biased = bias
    ? mapped(result, "float32", (expr) => add(expr, broadcastTo(lowering, bias, result.shape).expr))
    : result;
  const name = ACTIVATIONS[activation ?? "linear"];
  if (!name) return biased;
  const inputs: Inputs = alpha ? { x: biased, alpha } : { x: biased };
  const output = { id: -1, shape: result.shape, dtype: "float32" as const };
  // The rules of activations give one tensor.
  return elementwise[name]!.lower(lowering, inputs, { alpha: leakyreluAlpha ?? 0.2 }, [output]) as Tensor;
}

/** Matrix products. */
export const matmul: LoweringRules = {
  BatchMatMul: rule<AB, Attrs>({ all: ANY, alike: true }, (lowering, { a, b }, attrs, [output]) =>
    output!.dtype === "float32"
      ? batchMatMul(lowering, a, b, attrs, output!.shape)
      : integerProduct(lowering, a, b, attrs, output!),
  ),
  _FusedMatMul: rule<AB & { bias?: Tensor; preluActivationWeights?: Tensor }, FusedAttrs>(
    FLOAT,
    (lowering, inputs, attrs, [output]) => {
      const result = batchMatMul(lowering, inputs.a, inputs.b, attrs, output!.shape);
      return finished(lowering, result, inputs, attrs);
    },
  ),
};
