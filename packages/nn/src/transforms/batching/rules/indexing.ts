/** @file Batching rules of gathers, scatters, segment sums, one-hot vectors and searches. */
import * as tf from "@tensorflow/tfjs-core";
import { axisIn, folded, inLanes, laneNumbers, laneShape, launch, moveAxis, unfolded } from "../operands.ts";
import type { Batched, BatchCall, BatchResult, BatchRules } from "../rule.ts";

const sizeOf = tf.util.sizeFromShape;

/** Of `x` alone an axis more before; of indices alone more of them; of both, rows of all lanes in one list. */
function gather({ kernelName, inputs, attrs, lanes, outputs }: BatchCall): tf.Tensor {
  const [x, indices] = [inputs["x"]!, inputs["indices"]!];
  const { axis: given, batchDims = 0 } = attrs as { axis: number; batchDims?: number };
  const shape = laneShape(x);
  const axis = axisIn(given, shape.length);
  if (batchDims === 0 && !indices.isBatched) {
    return launch(kernelName, { x: x.tensor, indices: indices.tensor }, { ...attrs, axis: axis + 1 });
  }
  if (batchDims === 0 && !x.isBatched) {
    return moveAxis(
      launch(kernelName, { x: x.tensor, indices: indices.tensor }, { ...attrs, axis }),
      axis,
      0,
    );
  }
  // Groups: the lanes, and the batches of each. `[groups, before, n, after]`, the axis first in each group.
  const groups = lanes.size * sizeOf(shape.slice(0, batchDims));
  const before = sizeOf(shape.slice(batchDims, axis));
  const [n, after] = [shape[axis]!, sizeOf(shape.slice(axis + 1))];
  const rows = moveAxis(tf.reshape(inLanes(x, lanes.size), [groups, before, n, after]), 2, 1);
  const own = tf.reshape(inLanes(indices, lanes.size), [groups, -1]);
  const first = tf.mul(laneNumbers(groups, 2), tf.scalar(n, "int32"));
  const places = tf.add(tf.cast(own, "int32"), first);
  const taken = tf.gather(tf.reshape(rows, [groups * n, before, after]), places);
  return tf.reshape(moveAxis(taken, 2, 1), [lanes.size, ...outputs[0]!.shape]);
}

/** Indices `[lanes, ..., k]` with the number of the lane before: `[lanes, ..., k + 1]`. */
function withLane(indices: Batched, lanes: number): tf.Tensor {
  const own = tf.cast(inLanes(indices, lanes), "int32");
  const numbers = tf.add(laneNumbers(lanes, own.rank), tf.zeros([...own.shape.slice(0, -1), 1], "int32"));
  return tf.concat([numbers, own], -1);
}

function gatherNd({ kernelName, inputs, lanes }: BatchCall): tf.Tensor {
  const [params, indices] = [inputs["params"]!, inputs["indices"]!];
  if (!params.isBatched) return launch(kernelName, { params: params.tensor, indices: indices.tensor });
  return launch(kernelName, { params: params.tensor, indices: withLane(indices, lanes.size) });
}

function scatterNd({ kernelName, inputs, attrs, lanes }: BatchCall): tf.Tensor {
  const { shape } = attrs as { shape: number[] };
  const indices = withLane(inputs["indices"]!, lanes.size);
  const updates = inLanes(inputs["updates"]!, lanes.size);
  return launch(kernelName, { indices, updates }, { ...attrs, shape: [lanes.size, ...shape] });
}

function scatterUpdate({ kernelName, inputs, attrs, lanes }: BatchCall): tf.Tensor {
  const tensor = inLanes(inputs["tensor"]!, lanes.size);
  const indices = withLane(inputs["indices"]!, lanes.size);
  const updates = inLanes(inputs["updates"]!, lanes.size);
  return launch(kernelName, { tensor, indices, updates }, attrs);
}

/** Indices may be a number, a list of numbers or a list of places; there is one value for each, or one for all. */
function sparseToDense(call: BatchCall): BatchResult {
  const { kernelName, inputs, attrs, lanes } = call;
  const [indices, values, fill] = [
    inputs["sparseIndices"]!,
    inputs["sparseValues"]!,
    inputs["defaultValue"]!,
  ];
  if (fill.isBatched) return call.loop();
  const { outputShape } = attrs as { outputShape: number[] };
  const rank = laneShape(indices).length;
  const n = rank === 0 ? 1 : laneShape(indices)[0]!;
  const places = { tensor: tf.reshape(inLanes(indices, lanes.size), [lanes.size, n, -1]), isBatched: true };
  const each = inLanes(values, lanes.size);
  const all = each.size === lanes.size * n ? each : tf.tile(tf.reshape(each, [lanes.size, 1]), [1, n]);
  return launch(
    kernelName,
    {
      sparseIndices: folded(withLane(places, lanes.size)),
      sparseValues: tf.reshape(all, [lanes.size * n]),
      defaultValue: fill.tensor,
    },
    { ...attrs, outputShape: [lanes.size, ...outputShape] },
  );
}

/** Lanes beside each other where they have the same segments; else segments of each lane, in one list. */
function segmentSum({ kernelName, inputs, attrs, lanes, outputs }: BatchCall): tf.Tensor {
  const [x, ids] = [inputs["x"]!, inputs["segmentIds"]!];
  const { numSegments } = attrs as { numSegments: number };
  const segmentRank = laneShape(ids).length;
  if (!ids.isBatched) {
    const sums = launch(kernelName, { x: moveAxis(x.tensor, 0, segmentRank), segmentIds: ids.tensor }, attrs);
    return moveAxis(sums, 1, 0);
  }
  const own = tf.cast(ids.tensor, "int32");
  const all = tf.scalar(numSegments, "int32");
  const isThere = tf.logicalAnd(tf.greaterEqual(own, tf.scalar(0, "int32")), tf.less(own, all));
  const shifted = tf.add(own, tf.mul(laneNumbers(lanes.size, own.rank), all));
  const segmentIds = tf.where(isThere, shifted, tf.neg(tf.onesLike(own)));
  const values = inLanes(x, lanes.size);
  const flat = tf.reshape(values, [own.size, ...values.shape.slice(own.rank)]);
  const sums = launch(
    kernelName,
    { x: flat, segmentIds: tf.reshape(segmentIds, [own.size]) },
    { ...attrs, numSegments: numSegments * lanes.size },
  );
  return tf.reshape(sums, [lanes.size, ...outputs[0]!.shape]);
}

function oneHot({ kernelName, inputs, attrs }: BatchCall): tf.Tensor {
  return launch(kernelName, { indices: inputs["indices"]!.tensor }, attrs);
}

/** Rows of sorted numbers: those of all lanes. */
function searchSorted({ kernelName, inputs, attrs, lanes }: BatchCall): tf.Tensor {
  const sortedSequence = folded(inLanes(inputs["sortedSequence"]!, lanes.size));
  const values = folded(inLanes(inputs["values"]!, lanes.size));
  return unfolded(launch(kernelName, { sortedSequence, values }, attrs), lanes.size);
}

/** Rules of gather, gatherND, scatters, segment sums, oneHot and searchSorted. */
export const indexingRules: BatchRules = {
  GatherNd: gatherNd,
  GatherV2: gather,
  OneHot: oneHot,
  ScatterNd: scatterNd,
  SearchSorted: searchSorted,
  SparseToDense: sparseToDense,
  TensorScatterUpdate: scatterUpdate,
  UnsortedSegmentSum: segmentSum,
};
