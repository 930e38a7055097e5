/** @file Matrix products and einsum. */
import type { Dtype } from "@nnx-js/jit/graph";
import type { Emission } from "../build/emission.ts";
import { areStatic, type Dims, isSameDim } from "../symbolic/dim.ts";
import type { Value } from "../symbolic/graph.ts";
import { activated, type Fused } from "./activations.ts";
import { type AB, ANY, FLOAT, rule, type Rules } from "./rule.ts";

interface Attrs {
  transposeA: boolean;
  transposeB: boolean;
}

/** A matrix, or a stack of them, exchanged if asked for. */
function matrix(emission: Emission, value: Value, isTransposed: boolean, dtype: Dtype): string {
  const name = emission.cast(value, dtype);
  if (!isTransposed) return name;
  const rank = value.shape.length;
  const perm = [...value.shape.keys()];
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return emission.graph.transpose(name, perm);
}

/** Whether it is one vector along the columns of a product, for each row the same. */
function isRow(bias: Dims, columns: Dims): boolean {
  return bias.slice(0, -1).every((dim) => dim === 1) && isSameDim(bias.at(-1) ?? 1, columns.at(-1)!);
}

interface Operands extends AB {
  bias?: Value;
  preluActivationWeights?: Value;
}

function product(
  emission: Emission,
  { a, b, bias, preluActivationWeights }: Operands,
  attrs: Attrs & Fused,
  output: Value,
): void {
  const { graph } = emission;
  const finish = (name: string) => {
    const slope = preluActivationWeights && emission.name(preluActivationWeights);
    return activated(emission, name, attrs, slope);
  };
  const withBias = (name: string) => (bias ? graph.op("Add", [name, emission.name(bias)]) : name);
  // Rows of a tensor of higher rank need not be put under each other.
  const rows = emission.base(a);
  const isStack = rows.shape.length > 2 && a.shape.length === 2 && !attrs.transposeA && b.shape.length === 2;
  if (isStack && isSameDim(rows.shape.at(-1)!, a.shape[1]!) && (!bias || isRow(bias.shape, output.shape))) {
    const name = graph.op("MatMul", [rows.name, matrix(emission, b, attrs.transposeB, "float32")]);
    const shape = [...rows.shape.slice(0, -1), output.shape[1]!];
    emission.setForm(output, { kind: "reshaped", name: finish(withBias(name)), shape });
    return;
  }
  if (bias && output.shape.length === 2 && a.shape.length === 2 && b.shape.length === 2) {
    const flags = { transA: Number(attrs.transposeA), transB: Number(attrs.transposeB) };
    const set = Object.fromEntries(Object.entries(flags).filter(([, flag]) => flag === 1));
    emission.set(
      output,
      finish(graph.op("Gemm", [emission.name(a), emission.name(b), emission.name(bias)], set)),
    );
    return;
  }
  const [left, right] = [
    matrix(emission, a, attrs.transposeA, "float32"),
    matrix(emission, b, attrs.transposeB, "float32"),
  ];
  emission.set(output, finish(withBias(graph.op("MatMul", [left, right]))));
}

/** Products of matrices, and of tensors by the names of their axes. */
export const products: Rules = {
  BatchMatMul: rule<AB, Attrs>(ANY, (emission, { a, b }, attrs, [output]) => {
    if (a.dtype === "float32" && b.dtype === "float32") {
      product(emission, { a, b }, attrs, output);
      return;
    }
    const dtype = output.dtype === "float32" ? "float32" : "int32";
    const [left, right] = [
      matrix(emission, a, attrs.transposeA, dtype),
      matrix(emission, b, attrs.transposeB, dtype),
    ];
    emission.set(
      output,
      emission.graph.cast(emission.graph.op("MatMul", [left, right]), dtype, output.dtype),
    );
  }),
  _FusedMatMul: rule<Operands, Attrs & Fused>(FLOAT, (emission, inputs, attrs, [output]) =>
    product(emission, inputs, attrs, output),
  ),
  Einsum: rule<Record<string, Value>, { equation: string }>(
    ANY,
    (emission, inputs, { equation }, [output]) => {
      const { graph } = emission;
      const dtype = output.dtype === "float32" ? "float32" : "int32";
      const names = Object.values(inputs).map((value) => emission.cast(value, dtype));
      emission.set(output, graph.op("Einsum", names, { equation: equation.replaceAll(" ", "") }));
    },
  ),
};

/** Whether a bias is a row of constants for a product of this shape. */
export function isBias(bias: Value, product: Value): boolean {
  return (
    areStatic(bias.shape) && bias.shape.length <= product.shape.length && isRow(bias.shape, product.shape)
  );
}
