/** @file Shape rules of gathers, scatters, one-hot vectors and searches. */
import { backend_util, type DataType, util } from "@tensorflow/tfjs-core";
import { rule, type ShapeRules, specOf, type Operand, type X } from "../rule.ts";

const { segment_util } = backend_util;

/** TensorFlow.js types helpers that read only shapes as if they needed whole tensors. */
type GatherTensor = Parameters<typeof segment_util.collectGatherOpShapeInfo>[0];
type ScatterTensor = Parameters<typeof backend_util.calculateShapes>[0];

const gather = rule<X & { indices: Operand }, { axis: number; batchDims?: number }>(
  ({ x, indices }, { axis, batchDims = 0 }) => {
    const [$axis = 0] = util.parseAxisParam(axis, x.shape);
    const { outputShape } = segment_util.collectGatherOpShapeInfo(
      x as GatherTensor,
      indices as GatherTensor,
      $axis,
      batchDims,
    );
    return specOf(x, { shape: outputShape });
  },
);

/** Checks that `updates` written at `indices` fit into `shape`. */
function scattered(updates: Operand, indices: Operand, shape: number[], dtype: DataType): Operand {
  backend_util.calculateShapes(updates as ScatterTensor, indices as ScatterTensor, shape);
  return { shape: [...shape], dtype };
}

/** Rules of gather, gatherND, scatters, segment sums, oneHot and searchSorted. */
export const indexingRules: ShapeRules = {
  GatherNd: rule<{ params: Operand; indices: Operand }>(({ params, indices }) => {
    const [shape] = backend_util.prepareAndValidate(params as ScatterTensor, indices as ScatterTensor);
    return specOf(params, { shape });
  }),
  GatherV2: gather,
  OneHot: rule<{ indices: Operand }, { depth: number; dtype?: DataType }>(
    ({ indices }, { depth, dtype = "float32" }) => ({ shape: [...indices.shape, depth], dtype }),
  ),
  ScatterNd: rule<{ indices: Operand; updates: Operand }, { shape: number[] }>(
    ({ indices, updates }, { shape }) => scattered(updates, indices, shape, updates.dtype),
  ),
  SearchSorted: rule<{ values: Operand }>(({ values }) => specOf(values, { dtype: "int32" })),
  SparseToDense: rule<{ sparseIndices: Operand; sparseValues: Operand }, { outputShape: number[] }>(
    ({ sparseIndices, sparseValues }, { outputShape }) =>
      scattered(sparseValues, sparseIndices, outputShape, sparseValues.dtype),
  ),
  TensorScatterUpdate: rule<{ tensor: Operand; indices: Operand; updates: Operand }>(
    ({ tensor, indices, updates }) => scattered(updates, indices, tensor.shape, tensor.dtype),
  ),
  UnsortedSegmentSum: rule<X & { segmentIds: Operand }, { numSegments: number }>(
    ({ x, segmentIds }, { numSegments }) =>
      specOf(x, { shape: [numSegments, ...x.shape.slice(segmentIds.shape.length)] }),
  ),
};
