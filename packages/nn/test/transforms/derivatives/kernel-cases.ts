/** @file One operation for each kernel that can be differentiated, and what to call it with. */
import { adamDirection, int8MatMul, linearCombination, packInt8, squareCombination } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** Where the numbers of an input lie. */
type Range = readonly [low: number, high: number];

/** An operation, and the shapes of its float32 inputs. */
export interface KernelCase {
  readonly run: (...xs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  readonly shapes: readonly (readonly number[])[];
  /** Of all inputs; [-2, 2] unless given. */
  readonly range?: Range;
}

const one = (
  run: (x: tf.Tensor) => tf.Tensor | tf.Tensor[],
  range?: Range,
  shape: readonly number[] = [3, 4],
): KernelCase => ({
  run,
  shapes: [shape],
  ...(range && { range }),
});
const two = (run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, range?: Range): KernelCase => ({
  run,
  shapes: [[3, 4], [4]],
  ...(range && { range }),
});
const ints = (...values: number[]) => tf.tensor1d(values, "int32");
const images = [2, 5, 5, 3] as const;
const volumes = [1, 3, 4, 4, 2] as const;
const as4D = (x: tf.Tensor) => x as tf.Tensor4D;
const as5D = (x: tf.Tensor) => x as tf.Tensor5D;
const gradientOf = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor, dy: tf.Tensor) =>
  tf.grad((y: tf.Tensor) => tf.sum<tf.Scalar>(tf.mul(f(y), dy)))(x);
const kernel = (name: string, inputs: Record<string, tf.Tensor>, attrs: object) =>
  tf.engine().runKernel<tf.Tensor>(name, inputs, attrs as tf.NamedAttrMap);
const POSITIVE: Range = [0.2, 2];
const INSIDE: Range = [-0.9, 0.9];
const SECOND_ORDER_POOL = { filterSize: [2, 2], strides: [2, 2], pad: "valid" };

/** By the name of the kernel that the operation launches. */
export const CASES: Readonly<Record<string, KernelCase>> = {
  _FusedMatMul: {
    run: (a, b, bias) => tf.fused.matMul({ a, b, bias, activation: "relu" }),
    shapes: [[3, 4], [4, 2], [2]],
  },
  FusedConv2D: {
    run: (x, filter, bias) =>
      tf.fused.conv2d({
        x: as4D(x),
        filter: as4D(filter),
        bias,
        strides: 1,
        pad: "same",
        activation: "elu",
      }),
    shapes: [images, [3, 3, 3, 2], [2]],
  },
  FusedDepthwiseConv2D: {
    run: (x, filter, bias) =>
      tf.fused.depthwiseConv2d({ x: as4D(x), filter: as4D(filter), bias, strides: 1, pad: "valid" }),
    shapes: [images, [3, 3, 3, 2], [6]],
  },
  Abs: one(tf.abs),
  Acos: one(tf.acos, INSIDE),
  Acosh: one(tf.acosh, [1.1, 3]),
  AdamDirection: {
    run: (mean, square, a, b) => adamDirection(mean, square, a, b, { eps: 1e-3, epsRoot: 0 }),
    shapes: [[3], [3], [], []],
    range: [0.2, 0.8],
  },
  Add: two(tf.add),
  AddN: { run: (a, b) => tf.addN([a, b]), shapes: [[3], [3]] },
  Asin: one(tf.asin, INSIDE),
  Asinh: one(tf.asinh),
  Atan: one(tf.atan),
  Atan2: two(tf.atan2),
  Atanh: one(tf.atanh, INSIDE),
  AvgPool: one((x) => tf.avgPool(as4D(x), 2, 2, "same"), undefined, images),
  AvgPool3D: one((x) => tf.avgPool3d(as5D(x), 2, 1, "valid"), undefined, volumes),
  AvgPool3DGrad: {
    run: gradientOf((x) => tf.avgPool3d(as5D(x), 2, 1, "valid")),
    shapes: [volumes, [1, 2, 3, 3, 2]],
  },
  AvgPoolGrad: { run: gradientOf((x) => tf.avgPool(as4D(x), 2, 2, "valid")), shapes: [images, [2, 2, 2, 3]] },
  BatchMatMul: {
    run: (a, b) => tf.matMul(a, b, true, false),
    shapes: [
      [2, 3, 4],
      [3, 2],
    ],
  },
  BatchToSpaceND: one(
    (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    undefined,
    [4, 2, 2, 1],
  ),
  ClipByValue: one((x) => tf.clipByValue(x, -1, 1)),
  Concat: {
    run: (a, b) => tf.concat([a, b], 1),
    shapes: [
      [2, 3],
      [2, 1],
    ],
  },
  Conv2D: { run: (x, w) => tf.conv2d(as4D(x), as4D(w), 2, "same"), shapes: [images, [3, 3, 3, 2]] },
  Conv2DBackpropFilter: {
    run: (x, dy) => kernel("Conv2DBackpropFilter", { x, dy }, { strides: [1, 1], pad: "valid", dataFormat: "NHWC", filterShape: [3, 3, 3, 2] }), // prettier-ignore
    shapes: [images, [2, 3, 3, 2]],
  },
  Conv2DBackpropInput: {
    run: (dy, w) => tf.conv2dTranspose(as4D(dy), as4D(w), [2, 5, 5, 3], 1, "valid"),
    shapes: [
      [2, 3, 3, 2],
      [3, 3, 3, 2],
    ],
  },
  Conv3D: { run: (x, w) => tf.conv3d(as5D(x), as5D(w), 1, "same"), shapes: [volumes, [2, 2, 2, 2, 1]] },
  Conv3DBackpropFilterV2: {
    run: (x, dy) => kernel("Conv3DBackpropFilterV2", { x, dy }, { strides: [1, 1, 1], pad: "valid", filterShape: [2, 2, 2, 2, 1] }), // prettier-ignore
    shapes: [volumes, [1, 2, 3, 3, 1]],
  },
  Conv3DBackpropInputV2: {
    run: (dy, w) => tf.conv3dTranspose(as5D(dy), as5D(w), [1, 3, 4, 4, 2], 1, "valid"),
    shapes: [
      [1, 2, 3, 3, 1],
      [2, 2, 2, 2, 1],
    ],
  },
  Cos: one(tf.cos),
  Cosh: one(tf.cosh),
  Cumprod: one((x) => tf.cumprod(x, 1, true)),
  Cumsum: one((x) => tf.cumsum(x, 1, false, true)),
  DenseBincount: { run: (w) => tf.denseBincount(ints(0, 2, 1), w as tf.Tensor1D, 4), shapes: [[3]] },
  Bincount: { run: (w) => tf.bincount(ints(0, 2, 2), w as tf.Tensor1D, 4), shapes: [[3]] },
  DepthToSpace: one((x) => tf.depthToSpace(as4D(x), 2, "NHWC"), undefined, [1, 2, 2, 4]),
  DepthwiseConv2dNative: {
    run: (x, w) => tf.depthwiseConv2d(as4D(x), as4D(w), 1, "same"),
    shapes: [images, [3, 3, 3, 2]],
  },
  DepthwiseConv2dNativeBackpropFilter: {
    run: (x, dy) => kernel("DepthwiseConv2dNativeBackpropFilter", { x, dy }, { strides: [1, 1], dilations: [1, 1], pad: "valid", filterShape: [3, 3, 3, 2] }), // prettier-ignore
    shapes: [images, [2, 3, 3, 6]],
  },
  DepthwiseConv2dNativeBackpropInput: {
    run: (dy, filter) => kernel("DepthwiseConv2dNativeBackpropInput", { dy, filter }, { strides: [1, 1], dilations: [1, 1], pad: "valid", inputShape: [2, 5, 5, 3] }), // prettier-ignore
    shapes: [
      [2, 3, 3, 6],
      [3, 3, 3, 2],
    ],
  },
  Diag: one((x) => tf.diag(x), undefined, [4]),
  Dilation2D: {
    run: (x, w) => tf.dilation2d(as4D(x), w as tf.Tensor3D, 1, "same"),
    shapes: [images, [2, 2, 3]],
  },
  Einsum: {
    run: (a, b) => tf.einsum("ij,jk->ki", a, b),
    shapes: [
      [3, 4],
      [4, 2],
    ],
  },
  Elu: one(tf.elu),
  Erf: one(tf.erf),
  Exp: one(tf.exp),
  ExpandDims: one((x) => tf.expandDims(x, 1)),
  Expm1: one(tf.expm1),
  FlipLeftRight: one((x) => tf.image.flipLeftRight(as4D(x)), undefined, images),
  FusedBatchNorm: {
    run: (x, m, v, b, s) => tf.batchNorm(x, m, v, b, s),
    shapes: [[2, 3, 3, 3], [3], [3], [3], [3]],
    range: POSITIVE,
  },
  GatherNd: one((x) =>
    tf.gatherND(
      x,
      tf.tensor2d(
        [
          [0, 1],
          [2, 3],
        ],
        [2, 2],
        "int32",
      ),
    ),
  ),
  GatherV2: one((x) => tf.gather(x, ints(2, 0, 2), 1)),
  Identity: one((x) => tf.mul(tf.clone(x), x)),
  Int8MatMul: one((x) => {
    const words = packInt8(
      Int8Array.from({ length: 8 }, (_, i) => 3 * i - 9),
      2,
    );
    return int8MatMul(x, tf.tensor2d(words, [4, words.length / 4], "int32"), 2);
  }),
  LRN: one((x) => tf.localResponseNormalization(as4D(x), 2, 1, 1, 0.5), undefined, images),
  LeakyRelu: one((x) => tf.leakyRelu(x, 0.3)),
  LinearCombination: { run: (x, y) => linearCombination(0.3, x, -2, y), shapes: [[3], [3]] },
  Log: one(tf.log, POSITIVE),
  Log1p: one(tf.log1p, POSITIVE),
  Max: one((x) => tf.max(x, 1)),
  MaxPool: one((x) => tf.maxPool(as4D(x), 2, 2, "same"), undefined, images),
  MaxPool3D: one((x) => tf.maxPool3d(as5D(x), 2, 1, "valid"), undefined, volumes),
  MaxPool3DGrad: {
    run: gradientOf((x) => tf.maxPool3d(as5D(x), 2, 1, "valid")),
    shapes: [volumes, [1, 2, 3, 3, 2]],
  },
  MaxPoolGrad: { run: gradientOf((x) => tf.maxPool(as4D(x), 2, 2, "valid")), shapes: [images, [2, 2, 2, 3]] },
  MaxPoolWithArgmax: one(
    (x) => tf.engine().runKernel<tf.Tensor[]>("MaxPoolWithArgmax", { x }, { ...SECOND_ORDER_POOL, includeBatchInIndex: false })[0]!, // prettier-ignore
    undefined,
    images,
  ),
  Maximum: two(tf.maximum),
  Mean: one((x) => tf.mean(x, 0, true)),
  Min: one((x) => tf.min(x, 0)),
  Minimum: two(tf.minimum),
  MirrorPad: one((x) =>
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [2, 0],
      ],
      "reflect",
    ),
  ),
  Mod: { run: (a) => tf.mod(a, tf.tensor1d([3, 5, 7, 2])), shapes: [[3, 4]], range: [0.1, 1.9] },
  Multiply: two(tf.mul),
  Neg: one(tf.neg),
  Pack: {
    run: (a, b) => tf.stack([a, b], 1),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  PadV2: one((x) =>
    tf.pad(
      x,
      [
        [1, 0],
        [0, 2],
      ],
      3,
    ),
  ),
  Pow: two(tf.pow, POSITIVE),
  Prelu: two(tf.prelu),
  Prod: one((x) => tf.prod(x, 1)),
  RealDiv: two(tf.div, POSITIVE),
  Reciprocal: one(tf.reciprocal, POSITIVE),
  Relu: one(tf.relu),
  Relu6: one((x) => tf.relu6(tf.mul(x, 5))),
  Reshape: one((x) => tf.reshape(x, [2, 6])),
  ResizeBilinear: one((x) => tf.image.resizeBilinear(as4D(x), [3, 7]), undefined, images),
  ResizeNearestNeighbor: one((x) => tf.image.resizeNearestNeighbor(as4D(x), [3, 7]), undefined, images),
  Reverse: one((x) => tf.reverse(x, [1])),
  Rsqrt: one(tf.rsqrt, POSITIVE),
  ScatterNd: one((x) => tf.scatterND(tf.tensor2d([[0], [2], [0]], [3, 1], "int32"), x, [5, 4])),
  Select: {
    run: (a, b) =>
      tf.where(
        tf.tensor2d(
          [
            [1, 0],
            [0, 1],
          ],
          [2, 2],
          "bool",
        ),
        a,
        b,
      ),
    shapes: [
      [2, 2],
      [2, 2],
    ],
  },
  Selu: one(tf.selu),
  Sigmoid: one(tf.sigmoid),
  Sin: one(tf.sin),
  Sinh: one(tf.sinh),
  Slice: one((x) => tf.slice(x, [1, 0], [2, 3])),
  Softmax: one((x) => tf.softmax(x)),
  Softplus: one(tf.softplus),
  SpaceToBatchND: one(
    (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [1, 1],
        ],
      ),
    undefined,
    [1, 4, 4, 1],
  ),
  SparseToDense: one(
    (x) => tf.sparseToDense(tf.tensor2d([[0], [2], [3]], [3, 1], "int32"), x, [5]),
    undefined,
    [3],
  ),
  SplitV: one((x) => tf.split(x, [1, 3], 1)),
  Sqrt: one(tf.sqrt, POSITIVE),
  Square: one(tf.square),
  SquareCombination: { run: (x, y) => squareCombination(0.3, x, -2, y), shapes: [[3], [3]] },
  SquaredDifference: two(tf.squaredDifference),
  StridedSlice: one((x) => tf.stridedSlice(x, [0, 3], [3, 0], [2, -1])),
  Sub: two(tf.sub),
  Sum: one((x) => tf.sum(x, 1)),
  Tan: one(tf.tan, INSIDE),
  Tanh: one(tf.tanh),
  TensorScatterUpdate: {
    run: (x, y) => tf.tensorScatterUpdate(x, tf.tensor2d([[0], [2]], [2, 1], "int32"), y),
    shapes: [[4], [2]],
  },
  Tile: one((x) => tf.tile(x, [2, 3])),
  TopK: one((x) => tf.topk(x, 2).values),
  Transpose: one((x) => tf.transpose(x)),
  Unpack: one((x) => tf.unstack(x, 1)),
  UnsortedSegmentSum: one((x) => tf.unsortedSegmentSum(x, ints(1, 0, 1), 3)),
};
