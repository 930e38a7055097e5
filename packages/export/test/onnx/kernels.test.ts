/** @file Every kernel that has a rule gives in ONNX Runtime what it gives here, of each dtype that it takes. */
import { remat } from "@nnx-js/nn";
import { kernelShapes } from "@nnx-js/tensor";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { RULES } from "../../src/onnx/rules/table.ts";
import { record } from "../../src/record/record.ts";
import { expectSame } from "./support/check.ts";
import { testChecker } from "./support/checker.ts";

const float = (shape: number[], scale = 2) => wave(shape, scale);
const int = (shape: number[], from = -3, to = 4) =>
  tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => from + ((i * 5 + 2) % (to - from))),
    shape,
    "int32",
  );
const bool = (shape: number[]) => tf.greater(wave(shape), 0);

/** Of tensors: a rule takes `fill` for the method of arrays. */
const { fill: filled } = tf;

type Case = readonly [name: string, f: (...xs: tf.Tensor[]) => unknown, ...inputs: (() => tf.Tensor)[]];

/** What makes an input, for the name of a case: there is no backend yet that could make it. */
const textOf = (input: () => tf.Tensor) => String(input).replace(/^\(\) => /, "");

const unary = (names: string, input: () => tf.Tensor): Case[] =>
  names.split(" ").map((name) => {
    const op = (tf as unknown as Record<string, (x: tf.Tensor) => tf.Tensor>)[name]!;
    return [`${name} of ${textOf(input)}`, (x) => op(x), input];
  });
const binary = (names: string, a: () => tf.Tensor, b: () => tf.Tensor): Case[] =>
  names.split(" ").map((name) => {
    const op = (tf as unknown as Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>)[name]!;
    return [`${name} of ${textOf(a)} and ${textOf(b)}`, (x, y) => op(x, y), a, b];
  });

const images = () => float([2, 6, 5, 3]);

const CASES: Case[] = [
  [
    "a gradient of what is computed again",
    tf.grad(remat((x: tf.Tensor) => tf.mul(tf.tanh(x), x))),
    () => float([3, 4]),
  ],
  ...unary(
    "abs acos asin atan ceil cos cosh elu erf exp expm1 floor neg relu relu6 round selu sigmoid sign sin sinh softplus square step tan tanh",
    () => float([3, 4], 0.9),
  ),
  ...unary("acosh log log1p reciprocal rsqrt sqrt", () => tf.add(tf.abs(float([3, 4])), 1.001)),
  ...unary("asinh atanh log1p expm1", () => float([3, 4], 1e-4)),
  ...unary("abs neg sign square relu relu6 step exp", () => int([3, 4])),
  ...unary("isNaN isInf isFinite", () => tf.tensor1d([1, NaN, Infinity, -Infinity, 0])),
  ...unary("isNaN isFinite", () => int([4])),
  ["logicalNot", (x) => tf.logicalNot(x), () => bool([5])],
  ["clip of integers", (x) => tf.clipByValue(x, -1.5, 2.7), () => int([3, 4])],
  ["clip", (x) => tf.clipByValue(x, -0.5, 0.7), () => float([3, 4])],
  ["leakyRelu", (x) => tf.leakyRelu(x, 0.3), () => float([3, 4])],
  ["prelu", (x, a) => tf.prelu(x, a), () => float([3, 4]), () => float([4])],
  ["cast to int", (x) => tf.cast(x, "int32"), () => float([3, 4], 5)],
  ["cast to bool", (x) => tf.cast(x, "bool"), () => int([3, 4])],
  ["cast of bool", (x) => [tf.cast(x, "float32"), tf.cast(x, "int32")], () => bool([3, 4])],
  ...binary(
    "add sub mul div maximum minimum squaredDifference mod floorDiv pow atan2",
    () => tf.add(float([3, 4], 1), 3),
    () => tf.sub(2, float([4], 1)),
  ),
  ...binary(
    "mod floorDiv atan2",
    () => float([3, 4], 3),
    () => tf.add(float([3, 4], 1.7), 0.013),
  ),
  ...binary(
    "add sub mul maximum minimum squaredDifference",
    () => int([3, 4]),
    () => int([1, 4]),
  ),
  ...binary(
    "mod floorDiv",
    () => int([3, 4], -7, 8),
    () => tf.tensor1d([2, -3, 3, -2], "int32"),
  ),
  ...binary(
    "equal notEqual less lessEqual greater greaterEqual",
    () => int([3, 4]),
    () => int([4]),
  ),
  ...binary(
    "equal notEqual less lessEqual greater greaterEqual",
    () => float([3, 4]),
    () => float([4]),
  ),
  ...binary(
    "equal notEqual logicalAnd logicalOr logicalXor",
    () => bool([3, 4]),
    () => bool([4]),
  ),
  [
    "where of float",
    (c, a, b) => tf.where(c, a, b),
    () => bool([3, 4]),
    () => float([3, 4]),
    () => float([4]),
  ],
  [
    "where of bool",
    (c, a, b) => tf.where(c, a, b),
    () => bool([3, 4]),
    () => bool([3, 4]),
    () => tf.logicalNot(bool([3, 4])),
  ],
  ["addN", (a, b, c) => tf.addN([a, b, c]), () => float([3, 4]), () => float([3, 4]), () => float([3, 4])],
  ["bitwiseAnd", (a, b) => tf.bitwiseAnd(a, b), () => int([3, 4], 0, 9), () => int([3, 4], 0, 7)],

  ...["sum", "mean", "max", "min", "prod"].flatMap((name): Case[] => {
    const op = (
      tf as unknown as Record<string, (x: tf.Tensor, axis?: number[], keep?: boolean) => tf.Tensor>
    )[name]!;
    return [
      [`${name} of all`, (x) => op(x), () => float([2, 3, 4])],
      [`${name} of some`, (x) => [op(x, [0, 2]), op(x, [1], true)], () => float([2, 3, 4])],
      [`${name} of integers`, (x) => op(x, [1]), () => int([2, 3])],
    ];
  }),
  ["sum of bool", (x) => tf.sum(x, 1), () => bool([3, 4])],
  ["all and any", (x) => [tf.all(x, 1), tf.any(x, 0), tf.all(x)], () => bool([3, 4])],
  ...(
    [
      ["ExpandDims", (x) => ({ input: x }), { dim: 1 }],
      ["LogicalXor", (x) => ({ a: tf.greater(x, 0), b: tf.less(x, 0.5) }), {}],
    ] as [string, (x: tf.Tensor) => tf.NamedTensorMap, tf.NamedAttrMap][]
  ).map(([name, inputs, attrs]): Case => [
    `the kernel ${name}`,
    (x) => tf.engine().runKernel(name, inputs(x), attrs),
    () => float([3, 4]),
  ]),
  ["argMax and argMin", (x) => [tf.argMax(x, 1), tf.argMin(x, 0)], () => float([3, 4])],
  ["argMax of integers with ties", (x) => [tf.argMax(x, 1), tf.argMin(x, 1)], () => int([3, 9], 0, 3)],
  ["softmax and logSoftmax", (x) => [tf.softmax(x), tf.logSoftmax(x)], () => float([3, 4], 9)],
  [
    "a sum of 2^25 ones",
    (x) => [tf.sum(tf.add(tf.zeros([2 ** 21]), x)), tf.mean(tf.add(tf.zeros([3, 65537]), x), 1)],
    () => tf.ones([1]),
  ],

  ["matMul", (a, b) => tf.matMul(a, b), () => float([3, 4]), () => float([4, 2])],
  ["matMul, exchanged", (a, b) => tf.matMul(a, b, true, true), () => float([4, 3]), () => float([2, 4])],
  [
    "matMul of stacks",
    (a, b) => tf.matMul(a, b, false, true),
    () => float([2, 3, 4]),
    () => float([1, 5, 4]),
  ],
  ["matMul of integers", (a, b) => tf.matMul(a, b), () => int([3, 4]), () => int([4, 2])],
  ["einsum", (a, b) => tf.einsum("bij,bkj->bik", a, b), () => float([2, 3, 4]), () => float([2, 5, 4])],
  [
    "fused matMul",
    (a, b, bias) => tf.fused.matMul({ a: a, b: b, bias: bias, activation: "relu" }),
    () => float([3, 4]),
    () => float([4, 2]),
    () => float([2]),
  ],

  [
    "conv2d",
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
    images,
    () => float([3, 2, 3, 4]),
  ],
  [
    "conv2d with strides",
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, [2, 1], "valid"),
    images,
    () => float([3, 2, 3, 4]),
  ],
  [
    "conv2d, dilated",
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same", "NHWC", 2),
    images,
    () => float([2, 2, 3, 4]),
  ],
  [
    "conv2d, channels first",
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 1, "NCHW"),
    () => float([2, 3, 5, 5]),
    () => float([3, 3, 3, 4]),
  ],
  [
    "fused conv2d",
    (x, w, bias) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: w as tf.Tensor4D,
        strides: 1,
        pad: "same",
        bias: bias,
        activation: "relu6",
      }),
    images,
    () => float([3, 2, 3, 4]),
    () => float([4]),
  ],
  [
    "depthwiseConv2d",
    (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
    images,
    () => float([3, 3, 3, 2]),
  ],
  [
    "conv3d",
    (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, "same"),
    () => float([1, 3, 4, 5, 2]),
    () => float([2, 2, 2, 2, 3]),
  ],
  ...[
    ["same", 10, 12],
    ["valid", 11, 13],
    ["valid", 12, 14],
  ].map(([pad, h, w]): Case => [
    `conv2dTranspose, ${pad}, to ${h}x${w}`,
    (x, f) =>
      tf.conv2dTranspose(
        x as tf.Tensor4D,
        f as tf.Tensor4D,
        [2, h as number, w as number, 4],
        2,
        pad as "same",
      ),
    () => float([2, 5, 6, 3]),
    () => float(pad === "same" ? [1, 3, 4, 3] : [3, 3, 4, 3]),
  ]),
  ["maxPool", (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "same"), () => tf.sub(images(), 5)],
  [
    "maxPool after a pad by a constant",
    (x) =>
      tf.maxPool(
        tf.pad(
          x as tf.Tensor4D,
          [
            [0, 0],
            [1, 1],
            [1, 1],
            [0, 0],
          ],
          0.25,
        ),
        3,
        2,
        "valid",
      ),
    () => tf.sub(images(), 5),
  ],
  [
    "maxPool after a pad by the lowest",
    (x) =>
      tf.maxPool(
        tf.pad(
          x as tf.Tensor4D,
          [
            [0, 0],
            [1, 1],
            [1, 0],
            [0, 0],
          ],
          -Infinity,
        ),
        3,
        2,
        "valid",
      ),
    () => tf.sub(images(), 5),
  ],
  ["maxPool of integers", (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"), () => int([1, 4, 4, 2])],
  ["avgPool", (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, "same"), images],
  [
    "pool3d",
    (x) => [tf.maxPool3d(x as tf.Tensor5D, 2, 2, "same"), tf.avgPool3d(x as tf.Tensor5D, 2, 2, "same")],
    () => float([1, 3, 4, 5, 2]),
  ],
  [
    "batchNorm",
    (x, m, v) =>
      tf.batchNorm(x as tf.Tensor4D, m as tf.Tensor1D, v as tf.Tensor1D, tf.ones([3]), tf.ones([3]), 1e-3),
    images,
    () => float([3]),
    () => tf.abs(float([3])),
  ],
  [
    "localResponseNormalization",
    (x) => tf.localResponseNormalization(x as tf.Tensor4D, 1, 1, 0.7, 0.5),
    images,
  ],

  ["reshape and transpose", (x) => tf.transpose(tf.reshape(x, [4, 3, 2]), [2, 0, 1]), () => float([2, 3, 4])],
  ["slice", (x) => [tf.slice(x, [1, 0], [2, 3]), tf.slice(x, [0, 1])], () => float([4, 5])],
  ["stridedSlice", (x) => tf.stridedSlice(x, [3, 0], [0, 5], [-2, 2]), () => float([4, 5])],
  [
    "concat, stack, unstack, split",
    (a, b) => [tf.concat([a, b], 1), tf.stack([a, b], 1), ...tf.unstack(a, 1), ...tf.split(b, [1, 3], 1)],
    () => float([3, 4]),
    () => float([3, 4], 5),
  ],
  [
    "pad and tile",
    (x) => [
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        7,
      ),
      tf.tile(x, [2, 3]),
    ],
    () => float([3, 4]),
  ],
  [
    "pad of bool",
    (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        1,
      ),
    () => bool([3, 4]),
  ],
  [
    "mirrorPad",
    (x) => [
      tf.mirrorPad(
        x,
        [
          [1, 2],
          [2, 1],
        ],
        "reflect",
      ),
      tf.mirrorPad(
        x,
        [
          [1, 2],
          [0, 3],
        ],
        "symmetric",
      ),
    ],
    () => float([3, 4]),
  ],
  ["reverse", (x) => tf.reverse(x, [0, 1]), () => float([3, 4])],
  ["broadcastTo", (x) => tf.broadcastTo(x, [2, 3, 4]), () => float([3, 1])],
  ["diag", (x) => tf.diag(x), () => float([4])],
  [
    "fills",
    (x) => [
      tf.add(filled([3, 4], 2.5), x),
      tf.add(tf.onesLike(x), x),
      tf.zerosLike(x),
      tf.add(tf.range(0, 4), x),
      tf.add(tf.linspace(0, 1, 4), x),
    ],
    () => float([3, 4]),
  ],
  ["depthToSpace", (x) => tf.depthToSpace(x as tf.Tensor4D, 2), () => float([1, 2, 3, 8])],
  [
    "spaceToBatchND",
    (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [1, 1],
        ],
      ),
    () => float([1, 4, 4, 2]),
  ],
  [
    "batchToSpaceND",
    (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    () => float([4, 2, 3, 2]),
  ],

  [
    "gather",
    (x, i) => [tf.gather(x, i), tf.gather(x, i, 1)],
    () => float([4, 5]),
    () => tf.tensor1d([3, 0, -1, 2], "int32"),
  ],
  [
    "gather with shared axes",
    (x, i) => [tf.gather(x, i, 1, 1), tf.gather(x, i, 2, 1)],
    () => float([2, 4, 5]),
    () =>
      tf.tensor2d(
        [
          [3, 0, 1],
          [1, 2, 3],
        ],
        [2, 3],
        "int32",
      ),
  ],
  [
    "gatherND",
    (x, i) => tf.gatherND(x, i),
    () => float([4, 5]),
    () =>
      tf.tensor2d(
        [
          [3, 0],
          [1, 2],
        ],
        [2, 2],
        "int32",
      ),
  ],
  [
    "scatterND",
    (i, u) => tf.scatterND(i, u, [5, 2]),
    () => tf.tensor2d([[1], [3], [1]], [3, 1], "int32"),
    () => float([3, 2]),
  ],
  [
    "tensorScatterUpdate",
    (x, i, u) => tf.tensorScatterUpdate(x, i, u),
    () => float([5, 2]),
    () => tf.tensor2d([[1], [3]], [2, 1], "int32"),
    () => float([2, 2], 9),
  ],
  [
    "sparseToDense",
    (i, u) => tf.sparseToDense(i, u, [5], 7),
    () => tf.tensor1d([1, 3], "int32"),
    () => float([2]),
  ],
  [
    "unsortedSegmentSum",
    (x, i) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 3),
    () => float([5, 2]),
    () => tf.tensor1d([0, 2, -1, 2, 7], "int32"),
  ],
  [
    "oneHot",
    (i) => [tf.oneHot(i, 4), tf.oneHot(i, 4, 2, -1), tf.oneHot(i, 4, 1, 0, "bool")],
    () => tf.tensor1d([1, 3, 0, 9], "int32"),
  ],
  [
    "bincount",
    (x) => [tf.bincount(x as tf.Tensor1D, [], 4), tf.denseBincount(x as tf.Tensor1D, [], 4, true)],
    () => tf.tensor1d([1, 3, 1, 9], "int32"),
  ],
  [
    "searchSorted",
    (s, v) => [tf.searchSorted(s, v, "left"), tf.searchSorted(s, v, "right")],
    () => tf.tensor2d([[1, 2, 2, 5]]),
    () => tf.tensor2d([[0, 2, 9]]),
  ],
  [
    "cumsum and cumprod",
    (x) => [tf.cumsum(x, 1), tf.cumsum(x, 0, true, true), tf.cumprod(x, 1), tf.cumprod(x, 0, true, true)],
    () => float([3, 4]),
  ],
  [
    "topk",
    (x) => {
      const { values, indices } = tf.topk(x, 3);
      return [values, indices];
    },
    () => float([3, 6]),
  ],
  ...[
    [false, false],
    [true, false],
    [false, true],
  ].map(([align, half]): Case => [
    `resize, ${align ? "aligned" : half ? "half pixels" : "plain"}`,
    (x) => [
      tf.image.resizeBilinear(x as tf.Tensor4D, [9, 4], align, half),
      tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [9, 4], align, half),
    ],
    images,
  ]),
  ["flipLeftRight", (x) => tf.image.flipLeftRight(x as tf.Tensor4D), images],
];

describe("kernels", () => {
  test.each(CASES.map(([name, ...rest]) => ({ name, rest })))("$name", async ({ rest: [f, ...inputs] }) => {
    const fn = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => f(a, b, c);
    await expectSame(fn, inputs.map((input) => input()) as [tf.Tensor, tf.Tensor, tf.Tensor]);
  });
});

/** Kernels that patterns or other packages launch; their tests are elsewhere. */
const ELSEWHERE =
  "Attention EluGrad FusedDepthwiseConv2D Gelu Identity Increment LayerNormalization LinearCombination RMSNormalization Conv3DBackpropInputV2";

test("all rules are tried", () => {
  const tried = new Set(ELSEWHERE.split(" "));
  for (const [, f, ...inputs] of CASES) {
    const [a, b, c] = inputs.map((input) => input()) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const recorded = record((a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => f(a, b, c), [a, b, c]);
    for (const { kernelName } of recorded.graph.nodes) tried.add(kernelName);
    recorded.dispose();
  }
  expect(Object.keys(RULES).filter((name) => !tried.has(name))).toEqual([]);
  expect(Object.keys(kernelShapes).length).toBeGreaterThan(0);
});

testChecker();
