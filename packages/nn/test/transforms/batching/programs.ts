/** @file One program for each kernel that has a batching rule, to be run in lanes. */
import { convGeneralDilated, int8MatMul, int8Unpack, stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** What fills an input: floats on (-1, 1), or integers below a number. */
type Input = readonly [shape: readonly number[], below?: number | "bool" | "sorted"];

/** A function of tensors, and what one lane gives it. */
export interface Program {
  readonly inputs: readonly Input[];
  readonly run: (...x: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Which inputs may have lanes; all unless given. */
  readonly lanes?: readonly number[];
  /** Whether it has a gradient; true unless given. */
  readonly differentiable?: boolean;
}

const of = (
  inputs: readonly Input[],
  run: Program["run"],
  rest: Omit<Program, "inputs" | "run"> = {},
): Program => ({ inputs, run, ...rest });
const none = { differentiable: false };

/** A kernel that no operation launches. */
const kernel = (name: string, inputs: Record<string, tf.Tensor>, attrs: object = {}): tf.Tensor =>
  tf.engine().runKernel<tf.Tensor>(name, inputs, attrs as tf.NamedAttrMap);

const image: Input = [[2, 5, 6, 3]];
const filter: Input = [[3, 2, 3, 4]];
const volume: Input = [[1, 3, 4, 4, 2]];
type T3 = tf.Tensor3D;
type T4 = tf.Tensor4D;
type T5 = tf.Tensor5D;

/** By what they show. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  "tensors of different ranks": of([[[3]], [[2, 3]], [[2, 1, 3]]], (a, b, c) =>
    tf.add(tf.mul(a, b), tf.squaredDifference(c, a)),
  ),
  "unary kernels": of([[[2, 3]]], (x) => [tf.exp(x), tf.erf(x), tf.leakyRelu(x, 0.3), tf.clipByValue(x, -0.5, 0.5), tf.cast(x, "float32")]), // prettier-ignore
  comparisons: of([[[2, 3]], [[3]]], (a, b) => [tf.greater(a, b), tf.logicalAnd(tf.less(a, b), tf.less(a, 0)), tf.isNaN(a)], none), // prettier-ignore
  "integers": of([[[2, 3], 9], [[3], 9]], (a, b) => [tf.add(a, b), tf.floorDiv(a, tf.add(b, tf.scalar(1, "int32"))), tf.mod(a, tf.add(b, tf.scalar(1, "int32"))), tf.sum(a, 1)], none), // prettier-ignore
  prelu: of([[[2, 3]], [[3]]], (x, alpha) => tf.prelu(x, alpha)),
  "prelu of what is broadcast": of([[[3]], [[2, 1]]], (x, alpha) => tf.prelu(x, alpha)),
  addN: of([[[2, 3]], [[2, 3]], [[2, 3]]], (...xs) => tf.addN(xs)),
  where: of([[[2, 3], "bool"], [[2, 3]], [[2, 3]]], (c, t, e) => tf.where(c, t, e)),
  "where by rows": of([[[2], "bool"], [[2, 3]], [[2, 3]]], (condition, t, e) => kernel("Select", { condition, t, e }), none), // prettier-ignore
  "scalars of lanes": of([[[]], [[3]]], (a, b) => [tf.sum(tf.mul(a, b)), tf.mean(a), tf.max(a), tf.sum(a)]),
  reductions: of([[[2, 3, 4]]], (x) => [tf.sum(x, 1), tf.mean(x, [0, -1], true), tf.max(x), tf.min(x, -1), tf.prod(x, 0)]), // prettier-ignore
  "reductions of no axis": of([[[2, 3]]], (x) => [tf.sum(x, []), tf.mean(x, [])]),
  "all and any": of([[[2, 3], "bool"]], (x) => [tf.all(x, 1), tf.any(x)], none),
  "arg max and min": of([[[2, 3, 4]]], (x) => [tf.argMax(x, 1), tf.argMin(x, -1)], none),
  cumulative: of([[[2, 3, 4]]], (x) => [tf.cumsum(x, 1), tf.cumprod(x, -1, true, true)]),
  softmax: of([[[2, 3]]], (x) => [tf.softmax(x), tf.logSoftmax(x), tf.logSumExp(x, -1)]),
  topk: of([[[2, 5]]], (x) => [tf.topk(x, 3).values]),
  "topk, indices": of([[[2, 5]]], (x) => [tf.topk(x, 3).indices], none),
  bincount: of([[[6], 4], [[6]]], (x, w) => tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 4), none),
  denseBincount: of(
    [[[3, 6], 4]],
    (x) => tf.denseBincount(x as tf.Tensor2D, tf.tensor2d([], [0, 0]), 4, true),
    none,
  ),
  "reshapes and transposes": of([[[2, 3, 4]]], (x) => [tf.reshape(x, [6, -1]), tf.transpose(x, [2, 0, 1]), tf.expandDims(x, -1), tf.reverse(x, [-1, 0])]), // prettier-ignore
  slices: of([[[4, 5]]], (x) => [tf.slice(x, [1, 2], [2, -1]), tf.slice(x, 2), tf.stridedSlice(x, [3, 0], [0, 5], [-1, 2]), tf.stridedSlice(x, [1, 4], [2, -6], [1, -2], 0, 0, 0, 0, 1), tf.stridedSlice(x, [3, 1], [-5, 4], [-1, 1])]), // prettier-ignore
  "a new axis by a slice": of([[[4, 5]]], (x) =>
    tf.stridedSlice(x, [0, 0, 1], [0, 3, 4], [1, 1, 1], 0, 0, 0, 1),
  ),
  pads: of([[[2, 3]]], (x) => [tf.pad(x, [[1, 0], [0, 2]], 0.5), tf.mirrorPad(x, [[1, 0], [0, 2]], "reflect")]), // prettier-ignore
  tiles: of([[[2, 3]]], (x) => tf.tile(x, [2, 1])),
  joins: of([[[2, 3]], [[2, 1]], [[2, 3]]], (a, b, c) => [tf.concat([a, b], -1), tf.stack([a, c], 1)]),
  splits: of([[[4, 6]]], (x) => [...tf.split(x, [1, 3], 0), ...tf.split(x, 2, -1), ...tf.unstack(x, 1)]),
  blocks: of([[[4, 4, 6, 1]]], (x) => [tf.spaceToBatchND(x, [2, 3], [[0, 0], [0, 0]]), tf.batchToSpaceND(x, [2, 2], [[0, 1], [0, 0]])]), // prettier-ignore
  depthToSpace: of([[[2, 2, 3, 8]]], (x) => tf.depthToSpace(x as T4, 2)),
  diag: of([[[2, 3]]], (x) => tf.diag(x)),
  products: of([[[3, 4]], [[4, 2]]], (a, b) => tf.matMul(a, b)),
  "transposed products": of([[[4, 3]], [[2, 4]]], (a, b) => tf.matMul(a, b, true, true)),
  "products of batches": of([[[2, 1, 3, 4]], [[3, 4, 2]]], (a, b) => tf.matMul(a, b)),
  "batches by one matrix": of([[[2, 3, 4]], [[2, 4]]], (a, b) => tf.matMul(a, b, false, true)),
  "fused products": of([[[3, 4]], [[4, 2]], [[2]], [[2]]], (a, b, bias, alpha) => [
    tf.fused.matMul({ a, b, bias, activation: "relu" }),
    tf.fused.matMul({ a, b, bias, activation: "leakyrelu", leakyreluAlpha: 0.1 }),
    tf.fused.matMul({ a, b, bias, activation: "prelu", preluActivationWeights: alpha }),
    tf.fused.matMul({ a, b, activation: "sigmoid" }),
  ]),
  einsum: of([[[2, 3, 4]], [[4, 5]]], (a, b) => [
    tf.einsum("bij,jk->bik", a, b),
    tf.einsum("aij,jk->ka", a, b),
  ]),
  convolutions: of([image, filter], (x, w) => [tf.conv2d(x as T4, w as T4, [1, 2], "same"), tf.conv2d(x as T4, w as T4, 1, "valid", "NHWC", [1, 2])]), // prettier-ignore
  "padded convolutions": of([image, [[2, 3, 3, 2]]], (x, w) => [tf.conv2d(x as T4, w as T4, [3, 2], [[0, 0], [1, 3], [4, 0], [0, 0]]), tf.conv2d(x as T4, w as T4, 2, 1, "NHWC", 1, "floor"), tf.conv2d(x as T4, tf.slice(w as T4, 0, [1, 1, 3, 2]), [2, 3], "valid")]), // prettier-ignore
  "transposed convolutions": of([image, [[3, 3, 2, 3]]], (x, w) => tf.conv2dTranspose(x as T4, w as T4, [2, 10, 12, 2], 2, "same")), // prettier-ignore
  "fused convolutions": of([image, filter, [[4]]], (x, w, bias) => tf.fused.conv2d({ x: x as T4, filter: w as T4, strides: 1, pad: "same", bias, activation: "relu" })), // prettier-ignore
  "depthwise convolutions": of([image, [[3, 2, 3, 2]]], (x, w) =>
    tf.depthwiseConv2d(x as T4, w as T4, 2, "same"),
  ),
  "fused depthwise convolutions": of([image, [[3, 2, 3, 2]], [[6]]], (x, w, bias) => tf.fused.depthwiseConv2d({ x: x as T4, filter: w as T4, strides: 1, pad: "same", bias, activation: "elu" })), // prettier-ignore
  "grouped convolutions": of([[[2, 5, 4]], [[3, 2, 6]]], (x, w) => convGeneralDilated(x, w, { featureGroupCount: 2 })), // prettier-ignore
  "convolutions of volumes": of([volume, [[2, 2, 2, 2, 3]]], (x, w) =>
    tf.conv3d(x as T5, w as never, 1, "same"),
  ),
  "strided convolutions of volumes": of([volume, [[2, 1, 2, 2, 3]]], (x, w) => tf.conv3d(x as T5, w as never, [1, 2, 2], "same")), // prettier-ignore
  dilations: of([image, [[2, 2, 3]]], (x, w) => tf.dilation2d(x as T4, w as T3, 1, "same")),
  pooling: of([image], (x) => [tf.maxPool(x as T4, 2, 2, "same"), tf.avgPool(x as T4, [2, 3], 1, "valid")]),
  "pooling of volumes": of([volume], (x) => [tf.maxPool3d(x as T5, 2, 1, "same"), tf.avgPool3d(x as T5, 2, 2, "valid")]), // prettier-ignore
  "places of maxima": of([image], (x) => [tf.maxPoolWithArgmax(x as T4, 2, 2, "same", true).indexes!, tf.maxPoolWithArgmax(x as T4, 2, 2, "same").indexes!], none), // prettier-ignore
  normalisations: of([image], (x) => tf.localResponseNormalization(x as T4, 1)),
  "batch norm": of([image, [[3]], [[3]], [[3]]], (x, mean, scale, offset) => tf.batchNorm(x as T4, mean as tf.Tensor1D, tf.tensor1d([1, 2, 3]), offset as tf.Tensor1D, scale as tf.Tensor1D)), // prettier-ignore
  resizes: of([image], (x) => [tf.image.resizeBilinear(x as T4, [7, 4]), tf.image.resizeNearestNeighbor(x as T4, [4, 9])]), // prettier-ignore
  "turned images": of(
    [image],
    (x) => [tf.image.flipLeftRight(x as T4), tf.image.rotateWithOffset(x as T4, 0.3)],
    none,
  ),
  crops: of([image, [[3, 4]], [[3], 2]], (x, boxes, n) => tf.image.cropAndResize(x as T4, boxes as tf.Tensor2D, n as tf.Tensor1D, [3, 3]), none), // prettier-ignore
  "transformed images": of([image, [[1, 8]]], (x, t) => tf.image.transform(x as T4, t as tf.Tensor2D, "bilinear"), none), // prettier-ignore
  gathers: of([[[4, 5]], [[3, 2], 4]], (x, i) => [tf.gather(x, i), tf.gather(x, i, 1)]),
  "gathers in batches": of([[[2, 4, 5]], [[2, 3], 4]], (x, i) => tf.gather(x, i, 1, 1), none),
  "gathers at places": of([[[4, 5]], [[3, 2], 4]], (x, i) => tf.gatherND(x, i)),
  scatters: of([[[3, 1], 4], [[3, 2]]], (i, u) => tf.scatterND(i, u, [4, 2])),
  "scattered updates": of(
    [[[4, 2]], [[1, 1], 4], [[1, 2]]],
    (x, i, u) => tf.tensorScatterUpdate(x, i, u),
    none,
  ),
  sparse: of([[[1, 2], 4], [[1]]], (i, v) => tf.sparseToDense(i, v, [4, 4]), none),
  "one sparse value": of([[[], 4], [[]]], (i, v) => tf.sparseToDense(i, v, [4]), none),
  segments: of([[[5, 2]], [[5], 3]], (x, ids) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 3)),
  oneHot: of([[[2, 3], 4]], (i) => tf.oneHot(i, 4, 0.9, 0.1), none),
  searches: of([[[2, 4], "sorted"], [[2, 3]]], (s, v) => [tf.searchSorted(s, v, "left"), tf.searchSorted(s, v, "right")], none), // prettier-ignore
  "8-bit weights": of([[[2, 4]], [[4, 4], 1e9]], (x, w) => [int8MatMul(x, w, 9), int8Unpack(w, 9)], none), // prettier-ignore
  constants: of([[[2, 3]]], (x) => tf.mul(x, stopGradient(tf.tanh(x)))),
  "kernels of optimisers": of([[[2, 3]], [[2, 3]]], (x, y) => [
    kernel("LinearCombination", { x, y }, { a: 0.5, b: 2 }),
    kernel("SquareCombination", { x, y }, { a: 0.5, b: 2 }),
  ]),
  "powers and directions": of([[[2, 3]], [[], 9]], (mean, n) => {
    const power = kernel("IntegerPower", { exponent: tf.add(n, tf.scalar(1, "int32")) }, { base: 0.9 });
    return kernel(
      "AdamDirection",
      { mean, square: tf.square(mean), meanPower: power, squarePower: power },
      { eps: 1e-8, epsRoot: 0 },
    );
  }, none), // prettier-ignore
};
