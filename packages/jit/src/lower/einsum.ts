/** @file The lowering of einsum: one matrix product of strided operands. */
import { product, simplify } from "../expr/segments.ts";
import { laneOfDtype, type Lowering, type Strided, type Tensor } from "./context.ts";
import { converted, pointwise } from "./convert.ts";
import { joinedAxes, multiplied } from "./matmul.ts";
import { transpose } from "./moves.ts";
import { reduced } from "./reduction.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { ANY } from "./takes.ts";

/** Names of axes, a letter each. */
type Labels = readonly string[];

/** A tensor whose axes have names. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: Labels;
}

/** `operand` without its axes that are in none of `others`: they are summed. */
function summed(lowering: Lowering, { tensor, labels }: Labelled, others: Labels): Labelled {
  const axes = labels.flatMap((label, axis) => (others.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { tensor, labels };
  const kept = labels.filter((label) => others.includes(label));
  const shape = tensor.shape.filter((_, axis) => !axes.includes(axis));
  return {
    tensor: reduced(lowering, tensor, axes, "sum", { shape, dtype: tensor.dtype }),
    labels: kept,
  };
}

/** `operand` with its axes in the order `labels`. */
function arranged(lowering: Lowering, { tensor, labels: from }: Labelled, labels: Labels): Tensor {
  const perm = labels.map((label) => from.indexOf(label));
  return transpose(lowering, tensor, perm);
}

/** One stride for several axes of a matrix, where they lie one within the other. */
function common(sizes: readonly number[], strides: readonly number[]): number | undefined {
  let stride: number | undefined;
  let inner = 1;
  for (let i = sizes.length - 1; i >= 0; i--) {
    if (sizes[i] === 1) continue;
    if (stride === undefined) stride = strides[i]!;
    else if (strides[i] !== stride * inner) return undefined;
    inner *= sizes[i]!;
  }
  return stride ?? 0;
}

/** The matrices of an operand: batch axes, then rows, then columns, each one stride; copied if they lie otherwise. */
function matrices(lowering: Lowering, operand: Labelled, batch: Labels, rows: Labels, columns: Labels) {
  const attempt = (strided: Strided, shape: readonly number[]) => {
    const at = (labels: Labels, from: number) => {
      const range = [from, from + labels.length] as const;
      return common(shape.slice(...range), strided.strides.slice(...range));
    };
    const row = at(rows, batch.length);
    const column = at(columns, batch.length + rows.length);
    return row === undefined || column === undefined ? undefined : { strided, row, column };
  };
  const tensor = arranged(lowering, operand, [...batch, ...rows, ...columns]);
  const found = attempt(lowering.strided(tensor), tensor.shape);
  return found ?? attempt(lowering.strided(lowering.store(tensor)), tensor.shape)!;
}

function einsum(
  lowering: Lowering,
  operands: readonly Labelled[],
  output: Labels,
  shape: readonly number[],
): Tensor {
  const [first, second] = operands;
  if (!second) {
    const only = summed(lowering, first!, output);
    return { ...arranged(lowering, only, output), shape };
  }
  const a = summed(lowering, first!, [...output, ...second.labels]);
  const b = summed(lowering, second, [...output, ...first!.labels]);
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => output.includes(label));
  const contracted = shared.filter((label) => !output.includes(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const sizeOf = (label: string) => {
    const inA = a.labels.indexOf(label);
    return inA >= 0 ? a.tensor.shape[inA]! : b.tensor.shape[b.labels.indexOf(label)]!;
  };
  const sizes = (labels: Labels) => labels.map(sizeOf);
  const resultLabels = [...batch, ...rows, ...columns];
  const resultShape = sizes(resultLabels);
  const isFloat = first!.tensor.dtype === "float32";
  if (contracted.length === 0 || !isFloat) {
    // Products of elements, and no sum of them or one of integers.
    const all = [...resultLabels, ...contracted];
    const side = (operand: Labelled, own: Labels) => {
      const tensor = arranged(lowering, operand, [...batch, ...own, ...contracted]);
      return {
        ...tensor,
        shape: all.map((label) => (operand.labels.includes(label) ? sizeOf(label) : 1)),
      };
    };
    const dtype = isFloat ? "float32" : "int32";
    const sides = [side(a, rows), side(b, columns)];
    const products = pointwise(lowering, isFloat ? "f32.mul" : "i32.mul", laneOfDtype(dtype), sides, {
      shape: sizes(all),
      dtype,
    });
    const result = reduced(
      lowering,
      products,
      contracted.map((label) => all.indexOf(label)),
      "sum",
      {
        shape: resultShape,
        dtype,
      },
    );
    return { ...arranged(lowering, { tensor: result, labels: resultLabels }, output), shape };
  }
  const left = matrices(lowering, a, batch, rows, contracted);
  const right = matrices(lowering, b, batch, contracted, columns);
  const [m, n, k] = [product(sizes(rows)), product(sizes(columns)), product(sizes(contracted))];
  let step = m * n;
  const axes = batch.map((label, axis) => ({
    size: sizeOf(label),
    a: left.strided.strides[axis]!,
    b: right.strided.strides[axis]!,
    c: 0,
  }));
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    axes[axis]!.c = step;
    step *= axes[axis]!.size;
  }
  const result = multiplied(
    lowering,
    {
      a: left.strided,
      b: right.strided,
      matmul: {
        m,
        n,
        k,
        batch: joinedAxes(axes),
        a: { row: left.row, column: left.column },
        b: { row: right.row, column: right.column },
      },
    },
    resultShape,
  );
  return { ...arranged(lowering, { tensor: result, labels: resultLabels }, output), shape };
}

/** Einsum of one or two operands. */
export const einsums: LoweringRules = {
  Einsum: rule<Record<string, Tensor>, { equation: string }>(
    { all: ANY, alike: true },
    (lowering, inputs, { equation }, [output]) => {
      const [left = "", right = ""] = equation.replaceAll(" ", "").split("->");
      const labels = left.split(",").map((names) => names.split(""));
      const operands = Object.values(inputs).map((given, i) => {
        const tensor = given.dtype === "bool" ? converted(given, "int32") : given;
        return diagonal(lowering, { tensor, labels: labels[i]! });
      });
      return einsum(lowering, operands, right.split(""), output!.shape);
    },
  ),
};

/** `operand` with one axis for each label: an axis that occurs twice is its diagonal. */
function diagonal(lowering: Lowering, { tensor, labels }: Labelled): Labelled {
  const unique = [...new Set(labels)];
  if (unique.length === labels.length) return { tensor, labels };
  const { buffer, offset, strides } = lowering.strided(tensor);
  const axes = unique.map((label) => {
    const same = labels.flatMap((other, axis) => (other === label ? [axis] : []));
    return {
      size: tensor.shape[same[0]!]!,
      stride: same.reduce((sum, axis) => sum + strides[axis]!, 0),
    };
  });
  return {
    tensor: {
      ...tensor,
      shape: axes.map(({ size }) => size),
      expr: { kind: "load", lane: tensor.expr.lane, buffer, offset, segments: simplify(axes) },
    },
    labels: unique,
  };
}
