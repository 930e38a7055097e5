/** @file Shape rules of matrix products and einsum. */
import { backend_util, util } from "@tensorflow/tfjs-core";
import { type AB, rule, type ShapeRules, type Operand } from "../rule.ts";

interface Transposes {
  transposeA?: boolean;
  transposeB?: boolean;
}

const matMul = rule<AB, Transposes>(({ a, b }, { transposeA = false, transposeB = false }) => {
  const [rows, innerA] = matrix(a, transposeA);
  const [innerB, columns] = matrix(b, transposeB);
  util.assert(
    innerA === innerB,
    () =>
      `Error in matMul: inner shapes (${innerA}) and (${innerB}) of Tensors with shapes ${a.shape.join()} and ` +
      `${b.shape.join()} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { shape: [...batch, rows, columns], dtype: a.dtype };
});

/** Rows and columns of a matrix, or of each matrix of a batch, after the transpose that was asked for. */
function matrix({ shape }: Operand, transposed: boolean): [number, number] {
  const [rows = 1, columns = 1] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

/** Rules of batched, fused and general products. */
export const matmulRules: ShapeRules = {
  _FusedMatMul: matMul,
  BatchMatMul: matMul,
  Einsum: rule<Record<string, Operand>, { equation: string }>((inputs, { equation }) => {
    const operands = Object.values(inputs);
    const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, operands.length);
    // Reads the shapes only, though it is typed to take tensors.
    const tensors = operands as Parameters<typeof backend_util.checkEinsumDimSizes>[2];
    backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors);
    // The output's letters come first in `allDims`.
    const output = equation.slice(equation.indexOf("->") + 2).replace(/\s/g, "");
    const sizeOf = (dim: number): number => {
      const operand = idDims.findIndex((dims) => dims.includes(dim));
      return operands[operand]!.shape[idDims[operand]!.indexOf(dim)]!;
    };
    return { shape: Array.from(output, (_, dim) => sizeOf(dim)), dtype: operands[0]!.dtype };
  }),
};
