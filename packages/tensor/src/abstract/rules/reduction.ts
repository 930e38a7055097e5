/** @file Shape rules of kernels that fold or scan axes: sums, extremes, their indices, softmax, top k. */
import { backend_util, type DataType, upcastType, util } from "@tensorflow/tfjs-core";
import { rule, share, type ShapeRules, specOf, type Operand, type X } from "../rule.ts";

type Axis = number | number[] | null | undefined;

function reduce(x: Operand, axis: Axis, keepDims: boolean | undefined, dtype: DataType): Operand {
  // Typed as if axes were required, but it takes undefined and null for "all".
  const axes = util.parseAxisParam(axis as number | number[], x.shape);
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  return { shape: keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape, dtype };
}

function reduction(dtypeOf: (dtype: DataType) => DataType) {
  return rule<X, { axis?: Axis; reductionIndices?: Axis; keepDims?: boolean }>(
    ({ x }, { axis, reductionIndices = axis, keepDims }) =>
      reduce(x, reductionIndices, keepDims, dtypeOf(x.dtype)),
  );
}

const sumType = (dtype: DataType) => upcastType(dtype, "int32");
const scan = rule<X>(({ x }) => specOf(x, { dtype: sumType(x.dtype) }));

const argReduction = rule<X, { axis: number }>(({ x }, { axis }) => {
  const [first] = util.parseAxisParam(axis, x.shape);
  return reduce(x, first, false, "int32");
});

/** Rules of reductions, arg-reductions, cumulative kernels, softmax and top k. */
export const reductionRules: ShapeRules = {
  ...share(
    ["All", "Any", "Max", "Min"],
    reduction((dtype) => dtype),
  ),
  ...share(["Prod", "Sum"], reduction(sumType)),
  ...share(["ArgMax", "ArgMin"], argReduction),
  ...share(["Cumprod", "Cumsum"], scan),
  Bincount: rule<X & { weights: Operand }, { size: number }>(({ weights }, { size }) => ({
    shape: [size],
    dtype: weights.dtype,
  })),
  DenseBincount: rule<X & { weights: Operand }, { size: number }>(({ x, weights }, { size }) => ({
    shape: [...x.shape.slice(0, -1), size],
    dtype: weights.dtype,
  })),
  Mean: reduction(() => "float32"),
  Softmax: rule<{ logits: Operand }>(({ logits }) => specOf(logits, { dtype: "float32" })),
  TopK: rule<X, { k: number }>(({ x }, { k }) => {
    const shape = [...x.shape.slice(0, -1), k];
    return [
      { shape, dtype: x.dtype },
      { shape: [...shape], dtype: "int32" },
    ];
  }),
};
