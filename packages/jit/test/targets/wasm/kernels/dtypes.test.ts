import { jit, UnsupportedKernelError } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { runCompiled } from "../traced.ts";

const { fill } = tf;

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

const int = (values: number | number[], shape?: number[]) =>
  tf.tensor(typeof values === "number" ? [values] : values, shape ?? [[values].flat().length], "int32");
const bool = (values: number[]) => tf.tensor(values, [values.length], "bool");
const float = (values: number[]) => tf.tensor(values, [values.length], "float32");

const LOWEST = -(2 ** 31);
const HIGHEST = 2 ** 31 - 1;

/** What compiled code gives: numbers, with the dtype. */
function compiled(fn: Fn, ...inputs: tf.Tensor[]): [dtype: string, values: number[]] {
  const [result] = runCompiled(fn, inputs);
  return [result!.dtype, [...result!.dataSync()]];
}

type Case = [name: string, fn: Fn, inputs: () => tf.Tensor[], dtype: string, expected: number[]];

const tensorCases = (cases: Case[]) =>
  test.each<Case>(cases)("%s", (_, fn, inputs, dtype, expected) => {
    expect(compiled(fn, ...inputs())).toEqual([dtype, expected]);
  });

describe("integers are computed as integers:", () => {
  const one = (name: string, fn: (x: tf.Tensor) => tf.Tensor, x: number[], expected: number[]): Case => [
    name,
    (a) => fn(a),
    () => [int(x)],
    "int32",
    expected,
  ];
  const two = (
    name: string,
    fn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
    a: number[],
    b: number[],
    expected: number[],
  ): Case => [name, (x, y) => fn(x, y), () => [int(a), int(b)], "int32", expected];
  const far = [16_777_217, -16_777_217, HIGHEST, LOWEST, 3];

  tensorCases([
    one("relu", tf.relu, far, [16_777_217, 0, HIGHEST, 0, 3]),
    one("relu6", tf.relu6, far, [6, 0, 6, 0, 3]),
    one("step", (x) => tf.step(x, 0.5), far, [1, 0, 1, 0, 1]),
    one("sign", tf.sign, [...far, 0], [1, -1, 1, -1, 1, 0]),
    one("abs", tf.abs, far, [16_777_217, 16_777_217, HIGHEST, LOWEST, 3]),
    one("neg", tf.neg, far, [-16_777_217, 16_777_217, -HIGHEST, LOWEST, -3]),
    one("square", tf.square, far, [33_554_433, 33_554_433, 1, 0, 9]),
    one("round", tf.round, far, far),
    one("clip", (x) => tf.clipByValue(x, -3, 20_000_001), far, [16_777_217, -3, 20_000_001, -3, 3]),
    one("clip to halves", (x) => tf.clipByValue(x, -2.5, 2.5), [-4, -3, -2, 2, 3], [-2, -2, -2, 2, 2]),
    one("clip to infinities", (x) => tf.clipByValue(x, -Infinity, Infinity), far, far),
    two("add", tf.add, [HIGHEST, LOWEST, 16_777_217], [1, -1, 0], [LOWEST, HIGHEST, 16_777_217]),
    two("sub", tf.sub, [LOWEST, HIGHEST], [1, -1], [HIGHEST, LOWEST]),
    two("mul", tf.mul, [65_537, LOWEST, HIGHEST], [65_537, -1, 2], [131_073, LOWEST, -2]),
    two("squaredDifference", tf.squaredDifference, [65_537, HIGHEST], [0, LOWEST], [131_073, 1]),
    two("maximum", tf.maximum, far, [16_777_216, 0, 0, 0, 0], [16_777_217, 0, HIGHEST, 0, 3]),
    two("minimum", tf.minimum, far, [16_777_216, 0, 0, 0, 0], [16_777_216, -16_777_217, 0, LOWEST, 0]),
    two(
      "pow",
      tf.pow,
      [7, 3, 2, -2, 2, 0, 1, -1, -1, 0, 0, 46_341],
      [9, 20, 31, 31, -1, 0, -5, -3, -4, 5, -1, 2],
      [40_353_607, -808_182_895, LOWEST, LOWEST, 0, 1, 1, -1, 1, 0, 0, -2_147_479_015],
    ),
    two(
      "floorDiv",
      tf.floorDiv,
      [7, -7, 7, -7, 5, 0, LOWEST, LOWEST, -1],
      [2, 2, -2, -2, 0, 0, -1, 1, HIGHEST],
      [3, -4, -4, 3, 0, 0, LOWEST, LOWEST, -1],
    ),
    two("div", tf.div, [7, -7, 16_777_217], [2, 2, 1], [3, -4, 16_777_217]),
    two("mod", tf.mod, [7, -7, 7, -7, 5, LOWEST], [2, 3, -3, -3, 0, -1], [1, 2, -2, -1, 0, 0]),
    one("sum", (x) => tf.sum(x, 0, true), [HIGHEST, 1, 5], [LOWEST + 5]),
    one("prod", (x) => tf.prod(x, 0, true), [65_537, 65_537, 3], [393_219]),
    one("max", (x) => tf.max(x, 0, true), far, [HIGHEST]),
    one("min", (x) => tf.min(x, 0, true), far, [LOWEST]),
    one("cumsum", (x) => tf.cumsum(x), [HIGHEST, 1, -1], [HIGHEST, LOWEST, HIGHEST]),
    one("cumprod", (x) => tf.cumprod(x), [65_537, 65_537, 3], [65_537, 131_073, 393_219]),
    [
      "matMul",
      (a, b) => tf.matMul(a, b),
      () => [int([65_537, 16_777_217], [1, 2]), int([65_537, 1], [2, 1])],
      "int32",
      [16_908_290],
    ],
    [
      "einsum",
      (a, b) => tf.einsum("i,i->", a, b),
      () => [int([65_537, 16_777_217]), int([65_537, 1])],
      "int32",
      [16_908_290],
    ],
    [
      "conv3d",
      (x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, 1, "valid"),
      () => [int([100, 20], [1, 1, 1, 2, 1]), int([1e6, 1e6], [1, 1, 2, 1, 1])],
      "int32",
      [120_000_000],
    ],
    [
      "maxPool",
      (x) => tf.maxPool(x as tf.Tensor4D, [1, 2], 1, "valid"),
      () => [int([16_777_217, 16_777_216, -5, LOWEST], [1, 1, 4, 1])],
      "int32",
      [16_777_217, 16_777_216, -5],
    ],
    [
      "maxPoolWithArgmax",
      (x) => tf.maxPoolWithArgmax(x as tf.Tensor4D, [1, 2], 1, "same").result!,
      () => [int([-16_777_217, -16_777_218], [1, 1, 2, 1])],
      "int32",
      [-16_777_217, -16_777_218],
    ],
    ["topk", (x) => tf.topk(x, 2).values, () => [int(far)], "int32", [HIGHEST, 16_777_217]],
    ["argMax", (x) => tf.argMax(x), () => [int(far)], "int32", [2]],
    ["max of nothing", (x) => tf.max(x, 0), () => [int([], [0, 2])], "int32", [LOWEST, LOWEST]],
    [
      "sum of equal ones",
      () => tf.sum(fill([3], HIGHEST, "int32"), 0, true),
      () => [int(1)],
      "int32",
      [2_147_483_645],
    ],
    [
      "product of equal ones",
      () => tf.prod(fill([5], 46_341, "int32"), 0, true),
      () => [int(1)],
      "int32",
      [powerOf(46_341, 5)],
    ],
  ]);

  test("conv3d with padding and strides, modulo 2^32", () => {
    const x = int([65_537, 16_777_217, -2, 3, 5, HIGHEST], [1, 1, 3, 2, 1]);
    const filter = int([65_537, 7, -1, 2, LOWEST, 9, 1, 1], [1, 2, 2, 1, 2]);
    const expected: number[] = [];
    const [xs, weights] = [[...x.dataSync()], [...filter.dataSync()]];
    // One row and one column of zeros come after the image; columns are two apart.
    for (let row = 0; row < 3; row++)
      for (let out = 0; out < 2; out++) {
        let sum = 0;
        for (const [tap, [down, right]] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ].entries()) {
          const value = row + down! < 3 ? xs[2 * (row + down!) + right!]! : 0;
          sum = (sum + Math.imul(value, weights[2 * tap + out]!)) | 0;
        }
        expected.push(sum);
      }
    const fn: Fn = (a, b) => tf.conv3d(a as tf.Tensor5D, b as tf.Tensor5D, [1, 1, 2], "same");
    expect(compiled(fn, x, filter)).toEqual(["int32", expected]);
  });
});

/** `base ** exponent`, modulo 2^32. */
function powerOf(base: number, exponent: number): number {
  return Number(BigInt.asIntN(32, BigInt(base) ** BigInt(exponent)));
}

describe("casts", () => {
  const numbers = [
    1.9,
    -1.9,
    2 ** 31,
    -(2 ** 31),
    2 ** 32 + 512,
    -(2 ** 31) - 512,
    1e20,
    Infinity,
    -Infinity,
    NaN,
  ];
  tensorCases([
    [
      "to int32 are JavaScript's: towards zero, then modulo 2^32",
      (x) => tf.cast(x, "int32"),
      () => [float(numbers)],
      "int32",
      numbers.map((x) => Math.fround(x) | 0),
    ],
    ["of a constant", () => tf.cast(tf.div(1, 0), "int32"), () => [int(1)], "int32", [0]],
    [
      "to bool",
      (x) => tf.cast(x, "bool"),
      () => [float([0.5, -1, 256, 2, 0, -0, NaN, 1e-40])],
      "bool",
      [1, 1, 1, 1, 0, 0, 1, 1],
    ],
    [
      "of integers to bool",
      (x) => tf.cast(x, "bool"),
      () => [int([256, 2, 0, LOWEST])],
      "bool",
      [1, 1, 0, 1],
    ],
    [
      "of integers to floats",
      (x) => tf.cast(x, "float32"),
      () => [int([16_777_217, HIGHEST])],
      "float32",
      [16_777_216, 2 ** 31],
    ],
    ["of truth values", (x) => tf.cast(x, "int32"), () => [bool([1, 0])], "int32", [1, 0]],
    [
      "floorDiv of floats",
      (a, b) => tf.floorDiv(a, b),
      () => [float([1, 16_777_217, -7, 1, 5e9]), float([0.1, 1, 2, 0, 1])],
      "int32",
      [9, 16_777_216, -4, 0, 5e9 | 0],
    ],
  ]);
});

describe("mixed dtypes and truth values", () => {
  tensorCases([
    [
      "where",
      (c, a, b) => tf.where(c, a, b),
      () => [bool([1, 0]), int([5, 6]), float([0.5, 1.5])],
      "float32",
      [5, 1.5],
    ],
    [
      "where of floats and integers",
      (c, a, b) => tf.where(c, a, b),
      () => [bool([1, 0]), float([0.5, 1.5]), int([5, 6])],
      "float32",
      [0.5, 6],
    ],
    [
      "where of truth values",
      (c, a, b) => tf.where(c, a, b),
      () => [bool([1, 0]), bool([0, 0]), bool([1, 1])],
      "bool",
      [0, 1],
    ],
    ["add", (a, b) => tf.add(a, b), () => [int([1, 2]), float([0.5, 0.25])], "float32", [1.5, 2.25]],
    [
      "add of truth values and integers",
      (a, b) => tf.add(a, b),
      () => [bool([1, 0]), int([HIGHEST, 2])],
      "int32",
      [LOWEST, 2],
    ],
    [
      "mul of truth values and floats",
      (a, b) => tf.mul(a, b),
      () => [bool([1, 0]), float([0.5, 2])],
      "float32",
      [0.5, 0],
    ],
    [
      "add of truth values",
      (a, b) => tf.add(a, b),
      () => [bool([1, 0, 1]), bool([1, 0, 0])],
      "bool",
      [1, 0, 1],
    ],
    ["square of truth values", (a) => tf.square(a), () => [bool([1, 0])], "bool", [1, 0]],
    ["relu of truth values", (a) => tf.relu(a), () => [bool([1, 0])], "bool", [1, 0]],
    ["pow", (a, b) => tf.pow(a, b), () => [int([4, 9]), float([0.5, 1.5])], "float32", [2, 27]],
    ["leakyRelu of integers", (a) => tf.leakyRelu(a, 0.5), () => [int([-3, 3])], "float32", [-1.5, 3]],
    [
      "prelu of integers",
      (a, b) => tf.prelu(a, b),
      () => [int([-3, 3]), float([0.5, 2])],
      "float32",
      [-1.5, 3],
    ],
    ["mean of integers", (a) => tf.mean(a, 0, true), () => [int([1, 2])], "float32", [1.5]],
    ["mean of truth values", (a) => tf.mean(a, 0, true), () => [bool([1, 0, 0, 1])], "float32", [0.5]],
    ["sum of truth values", (a) => tf.sum(a, 0, true), () => [bool([1, 0, 1])], "int32", [2]],
    ["cumsum of truth values", (a) => tf.cumsum(a), () => [bool([1, 0, 1])], "int32", [1, 1, 2]],
    ["a constant that is no 0 or 1", () => fill([2], 5, "bool"), () => [int(1)], "bool", [1, 1]],
    [
      "oneHot",
      (a) => tf.oneHot(a, 3, 5, 2, "int32"),
      () => [int([0, -1, 3])],
      "int32",
      [5, 2, 2, 2, 2, 2, 2, 2, 2],
    ],
    [
      "oneHot of fractions",
      (a) => tf.oneHot(a, 2, 2.9, -1.9, "int32"),
      () => [int([1, 0])],
      "int32",
      [-1, 2, 2, -1],
    ],
    [
      "oneHot of truth values",
      (a) => tf.oneHot(a, 2, 1, 0, "bool"),
      () => [int([0, 1])],
      "bool",
      [1, 0, 0, 1],
    ],
    [
      "oneHot of what is no truth value",
      (a) => tf.oneHot(a, 2, 0.5, 0, "bool"),
      () => [int([0, 1])],
      "bool",
      [1, 0, 0, 1],
    ],
    [
      "einsum of truth values",
      (a, b) => tf.einsum("i,i->", a, b),
      () => [bool([1, 1]), bool([1, 1])],
      "bool",
      [1],
    ],
    [
      "matMul of truth values",
      (a, b) => tf.matMul(tf.reshape(a, [1, 2]), tf.reshape(b, [2, 1])),
      () => [bool([1, 1]), bool([1, 1])],
      "bool",
      [1],
    ],
    [
      "segment sum of truth values",
      (a, b) => tf.unsortedSegmentSum(a, b as tf.Tensor1D, 2),
      () => [bool([1, 1, 0]), int([0, 0, 1])],
      "bool",
      [1, 0],
    ],
    ["-0 and 0", (a) => tf.div(1, tf.add(a, 0)), () => [float([-0, 0])], "float32", [Infinity, Infinity]],
    [
      "resizing of integers",
      (x) => tf.image.resizeBilinear(x as tf.Tensor3D, [1, 2]),
      () => [int([1, 2, 3, 4], [1, 4, 1])],
      "float32",
      [1, 3],
    ],
  ]);
});

describe("a dtype that an operation cannot be computed in is an error that names it:", () => {
  const image = () => int([0, 10, 200, 7], [1, 2, 2, 1]);
  test.each<[string, Fn, () => tf.Tensor[]]>([
    [
      "FusedBatchNorm",
      (x) => tf.batchNorm(x as tf.Tensor4D, float([0]) as tf.Tensor1D, float([1]) as tf.Tensor1D),
      () => [image()],
    ],
    ["LRN", (x) => tf.localResponseNormalization(x as tf.Tensor4D), () => [image()]],
    ["Expm1", (x) => tf.expm1(x), () => [int([20])]],
    ["Sinh", (x) => tf.sinh(x), () => [int([20])]],
    ["Selu", (x) => tf.selu(x), () => [int([-2])]],
    ["Atan2", (x) => tf.atan2(x, x), () => [int([-2])]],
    [
      "Dilation2D",
      (x) => tf.dilation2d(x as tf.Tensor4D, tf.zeros([1, 1, 1], "int32"), 1, "same"),
      () => [image()],
    ],
    [
      "Conv3D",
      (x) =>
        tf.conv3d(
          tf.reshape<tf.Rank.R5>(x, [1, 1, 2, 2, 1]),
          tf.ones<tf.Rank.R5>([1, 1, 1, 1, 1]),
          1,
          "same",
        ),
      () => [image()],
    ],
    [
      "Conv2DBackpropInput",
      (x) => tf.conv2dTranspose(x as tf.Tensor4D, tf.ones([1, 1, 1, 1], "int32"), [1, 2, 2, 1], 1, "same"),
      () => [image()],
    ],
  ])("%s", (kernel, fn, inputs) => {
    const call = jit(fn);
    const error = (() => {
      try {
        call(...inputs());
        return undefined;
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(UnsupportedKernelError);
    expect((error as Error).message).toContain(`found ${kernel}`);
    expect((error as Error).message).toContain("of int32");
    expect((error as Error).message).toContain('fallback: "kernels"');
    call.dispose();
    // The way out gives what eager code gives.
    const replayed = jit(fn, { fallback: "kernels" });
    expect([replayed(...inputs())].flat().map((y) => [...y.dataSync()])).toEqual(
      [fn(...inputs())].flat().map((y) => [...y.dataSync()]),
    );
    replayed.dispose();
  });
});
