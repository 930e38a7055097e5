/** @file Cases of kernels that move elements: layout, gathers, scatters. */
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { Case } from "./math.ts";

const f = (...shape: number[]) => full(shape, 0.5);
const i = (...shape: number[]) => full(shape, 1, "int32");

/** Layout, joining, slicing, gathering and scattering. */
export const layoutCases: Case[] = [
  ["reshape", () => tf.reshape(f(2, 3, 4), [4, -1])],
  ["expandDims", () => tf.expandDims(i(2, 3), 1)],
  ["expandDims from the end", () => tf.expandDims(f(2, 3), -1)],
  ["ExpandDims", () => tf.engine().runKernel<tf.Tensor>("ExpandDims", { input: f(2, 3) }, { dim: -2 })],
  ["squeeze", () => tf.squeeze(f(1, 3, 1))],
  ["transpose", () => tf.transpose(i(2, 3, 4), [2, 0, 1])],
  ["transpose of all axes", () => tf.transpose(f(2, 3, 4))],
  ["slice", () => tf.slice(f(4, 5), [1, 2], [2, -1])],
  ["slice of leading axes", () => tf.slice(i(4, 5), [1])],
  ["stridedSlice", () => tf.stridedSlice(f(6, 5), [0, 4], [6, 0], [2, -1])],
  [
    "stridedSlice with masks",
    () => tf.stridedSlice(f(6, 5, 4), [1, 0, 2], [2, 0, 3], [1, 1, 1], 0, 2, 0, 0, 1),
  ],
  ["stridedSlice with a new axis", () => tf.stridedSlice(f(6, 5), [0, 0], [1, 3], [1, 1], 0, 0, 0, 1)],
  ["concat", () => tf.concat([f(2, 3), f(2, 1), f(2, 2)], 1)],
  ["concat from the end", () => tf.concat([i(2, 3), i(4, 3)], -2)],
  ["stack", () => tf.stack([f(2, 3), f(2, 3)], 1)],
  ["unstack", () => tf.unstack(f(2, 3, 4), 1)],
  ["unstack from the end", () => tf.unstack(i(2, 3), -1)],
  ["split", () => tf.split(f(6, 2), 3)],
  ["split by sizes", () => tf.split(f(6, 2), [1, 2, 3], 0)],
  ["split with a size to infer", () => tf.split(f(2, 6), [1, -1], -1)],
  // prettier-ignore
  ["pad", () => tf.pad(i(2, 3), [[1, 0], [2, 3]], 7)],
  // prettier-ignore
  ["mirrorPad", () => tf.mirrorPad(f(3, 4), [[1, 1], [2, 1]], "reflect")],
  ["tile", () => tf.tile(f(2, 3), [2, 1])],
  ["broadcastTo", () => tf.broadcastTo(f(3, 1), [2, 3, 4])],
  ["reverse", () => tf.reverse(i(2, 3), -1)],
  ["diag", () => tf.diag(f(2, 3))],
  // prettier-ignore
  ["spaceToBatchND", () => tf.spaceToBatchND(f(1, 4, 6, 2), [2, 3], [[0, 0], [0, 0]])],
  // prettier-ignore
  ["spaceToBatchND with padding", () => tf.spaceToBatchND(f(1, 3, 5, 2), [2, 3], [[1, 0], [0, 1]])],
  // prettier-ignore
  ["batchToSpaceND", () => tf.batchToSpaceND(f(8, 2, 3, 1), [2, 2], [[0, 1], [1, 0]])],
  ["depthToSpace", () => tf.depthToSpace(f(1, 2, 3, 8) as tf.Tensor4D, 2)],
  ["gather", () => tf.gather(f(4, 5), i(2, 3), 1)],
  ["gather with batches", () => tf.gather(f(2, 4, 5), i(2, 3), 1, 1)],
  ["gather of int32 at a scalar", () => tf.gather(i(4, 5), tf.scalar(1, "int32"))],
  ["gatherND", () => tf.gatherND(f(4, 5, 6), i(2, 3, 2))],
  ["scatterND", () => tf.scatterND(i(3, 1), f(3, 4), [5, 4])],
  ["tensorScatterUpdate", () => tf.tensorScatterUpdate(f(5, 4), i(3, 1), f(3, 4))],
  ["sparseToDense", () => tf.sparseToDense(i(3), i(3), [5], tf.scalar(0, "int32"))],
  ["unsortedSegmentSum", () => tf.unsortedSegmentSum(f(4, 5), i(4) as tf.Tensor1D, 3)],
  ["oneHot", () => tf.oneHot(i(2, 3), 4)],
  ["oneHot of int32", () => tf.oneHot(i(3), 4, 1, 0, "int32")],
  ["searchSorted", () => tf.searchSorted(f(2, 4), f(2, 3))],
  ["lowerBound", () => tf.lowerBound(f(4), f(3))],
];
