/** @file Every kernel that adds up many terms keeps their digits, on cpu and wasm; webgpu adds them up in float32. */
import * as tensor from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";

/** The numbers and what is expected of them, in double precision. */
interface Case {
  run: () => tf.Tensor;
  expected: number[];
}

interface OfRank {
  1: tf.Tensor1D;
  2: tf.Tensor2D;
  3: tf.Tensor3D;
  4: tf.Tensor4D;
  5: tf.Tensor5D;
}

/** The tensor's type tells its rank: TensorFlow.js's functions ask for one. */
function full<const S extends readonly number[]>(
  shape: S,
  value: number,
): OfRank[S["length"] & keyof OfRank] {
  const filled: tf.Tensor = tensor.full([...shape], value);
  return filled as OfRank[S["length"] & keyof OfRank];
}

const x = Math.fround(0.1);
const w = Math.fround(0.7);

/** Equal terms are the hardest: each rounding goes the same way. */
const CASES: Record<string, () => Case> = {
  "conv2d of one window": () => ofOneWindow([300, 401, 3], (x, w) => tf.conv2d(x, w, 1, "valid")),
  "conv2d of several windows, padded": () => {
    const [rows, columns, channels] = [40, 50, 7];
    const y = () => tf.conv2d(full([1, rows, columns, channels], x), full([rows, columns, channels, 2], w), 10, "same"); // prettier-ignore
    return { run: y, expected: coveredBy(rows, columns, 10).flatMap((n) => [n, n]).map((n) => n * channels * x * w) }; // prettier-ignore
  },
  "conv2d, dilated": () => ({
    run: () => tf.conv2d(full([2, 199, 101, 2], x), full([100, 51, 2, 1], w), 1, "valid", "NHWC", 2),
    expected: [10200 * x * w, 10200 * x * w],
  }),
  conv3d: () => ({
    run: () => tf.conv3d(full([1, 20, 21, 22, 2], x), full([20, 21, 21, 2, 1], w), 1, "valid"),
    expected: [17640 * x * w, 17640 * x * w],
  }),
  depthwiseConv2d: () => ({
    run: () => tf.depthwiseConv2d(full([1, 100, 101, 2], x), full([100, 100, 2, 2], w), 1, "valid"),
    expected: Array.from({ length: 8 }, () => 10000 * x * w),
  }),
  "fused.conv2d": () =>
    ofOneWindow([100, 200, 3], (x, filter) =>
      tf.fused.conv2d({ x, filter, strides: 1, pad: "valid", bias: full([2], 0), activation: "relu" }),
    ),
  "fused.depthwiseConv2d": () => ({
    run: () =>
      tf.fused.depthwiseConv2d({
        x: full([1, 100, 100, 2], x),
        filter: full([100, 100, 2, 1], w),
        strides: 1,
        pad: "valid",
        activation: "relu6",
        bias: full([2], -690),
      }),
    expected: [6, 6],
  }),
  "fused.matMul": () => ({
    run: () =>
      tf.fused.matMul({
        a: full([2, 100_003], x),
        b: full([100_003, 1], w),
        bias: full([1], 1),
        activation: "leakyrelu",
      }),
    expected: [100_003 * x * w + 1, 100_003 * x * w + 1],
  }),
  "avgPool over everything": () => ({
    run: () => tf.avgPool(full([1, 200, 300, 2], x), [200, 300], 1, "valid"),
    expected: [x, x],
  }),
  "avgPool of several windows": () => ({
    run: () => tf.avgPool(full([1, 200, 100, 1], x), [100, 99], 100, "same"),
    expected: [x, x],
  }),
  avgPool3d: () => ({
    run: () => tf.avgPool3d(full([1, 25, 25, 25, 1], x), [25, 25, 25], 1, "valid"),
    expected: [x],
  }),
  "the gradient of an input by a filter with many channels out": () => ({
    run: () =>
      tf.grad((x) => tf.conv2d(x as tf.Tensor4D, full([3, 3, 1, 2000], w), 3, "valid"))(
        full([1, 3, 3, 1], 0),
        full([1, 1, 1, 2000], x),
      ),
    expected: Array.from({ length: 9 }, () => 2000 * x * w),
  }),
  "the gradient of an input, three axes": () => ({
    run: () =>
      tf.grad((x) => tf.conv3d(x as tf.Tensor5D, full([1, 1, 1, 1, 10_000], w), 1, "valid"))(
        full([1, 1, 1, 2, 1], 0),
        full([1, 1, 1, 2, 10_000], x),
      ),
    expected: [10_000 * x * w, 10_000 * x * w],
  }),
  "the gradient of a large filter": () => ofLargeFilter(),
  "the gradient of a filter, three axes": () => ({
    run: () =>
      tf.grad((w) => tf.conv3d(full([1, 30, 30, 31, 1], x), w as tf.Tensor5D, 1, "valid"))(
        full([1, 1, 2, 1, 1], 0),
        full([1, 30, 30, 30, 1], w),
      ),
    expected: [27_000 * x * w, 27_000 * x * w],
  }),
  "the gradient of a filter, channel by channel": () => ({
    run: () =>
      tf.grad((w) => tf.depthwiseConv2d(full([2, 100, 101, 2], x), w as tf.Tensor4D, 1, "valid"))(
        full([1, 2, 2, 2], 0),
        full([2, 100, 100, 4], w),
      ),
    expected: Array.from({ length: 8 }, () => 20_000 * x * w),
  }),
  "einsum over one operand": () => ({
    run: () => tf.einsum("ij->i", full([2, 100_003], x)),
    expected: [100_003 * x, 100_003 * x],
  }),
  "einsum of two": () => ({
    run: () => tf.einsum("ij,ij->i", full([2, 100_003], x), full([2, 100_003], w)),
    expected: [100_003 * x * w, 100_003 * x * w],
  }),
  "einsum as a product": () => ({
    run: () => tf.einsum("ibj,jk->bik", full([2, 1, 100_003], x), full([100_003, 1], w)),
    expected: [100_003 * x * w, 100_003 * x * w],
  }),
  dot: () => ({
    run: () => tf.dot(full([100_003], x), full([100_003], w)),
    expected: [100_003 * x * w],
  }),
  cumsum: () => ({
    run: () => tf.slice(tf.cumsum(full([1_000_003], x)), [999_999], [1]),
    expected: [1_000_000 * x],
  }),
  norm: () => ({ run: () => tf.norm(full([1_000_003], x)), expected: [Math.sqrt(1_000_003 * x * x)] }),
  logSumExp: () => ({ run: () => tf.logSumExp(full([1_000_003], x)), expected: [Math.log(1_000_003) + x] }),
  softmax: () => ({
    run: () => tf.slice(tf.softmax(full([1_000_003], x)), [0], [1]),
    expected: [1 / 1_000_003],
  }),
  prod: () => ({ run: () => tf.prod(full([10_000], 1.001)), expected: [Math.fround(1.001) ** 10_000] }),
  "the gradient of a picture that was enlarged": () => ({
    run: () => tf.grad((x) => tf.image.resizeBilinear(x as tf.Tensor3D, [2, 9001]))(full([1, 1, 1], 0), full([2, 9001, 1], x)), // prettier-ignore
    expected: [2 * 9001 * x],
  }),
  "the gradient of a picture that was enlarged, by the nearest": () => ({
    run: () => tf.grad((x) => tf.image.resizeNearestNeighbor(x as tf.Tensor3D, [2, 9001]))(full([1, 1, 1], 0), full([2, 9001, 1], x)), // prettier-ignore
    expected: [2 * 9001 * x],
  }),
  "the gradient of maximum pooling": () => ({
    run: () => tf.slice(tf.grad((x) => tf.maxPool(x as tf.Tensor4D, [1, 9001], 1, "valid"))(
        tf.reshape(tf.cast(tf.oneHot(tf.scalar(9000, "int32"), 18_001), "float32"), [1, 1, 18_001, 1]), full([1, 1, 9001, 1], x)), [0, 0, 9000, 0], [1, 1, 1, 1]), // prettier-ignore
    expected: [9001 * x],
  }),
  moments: () => ({
    run: () => tf.moments(tf.concat([full([500_001], x), full([500_001], w)])).variance,
    expected: [((w - x) / 2) ** 2],
  }),
};

function ofOneWindow(
  [rows, columns, channels]: [number, number, number],
  convolve: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor,
): Case {
  const sum = rows * columns * channels * x * w;
  return {
    run: () => convolve(full([1, rows, columns, channels], x), full([rows, columns, channels, 2], w)),
    expected: [sum, sum],
  };
}

/** How many elements lie below each window that is as large as the picture. */
function coveredBy(rows: number, columns: number, stride: number): number[] {
  const along = (size: number) => {
    const count = Math.ceil(size / stride);
    const low = Math.floor(((count - 1) * stride) / 2);
    return Array.from({ length: count }, (_, i) => {
      const start = i * stride - low;
      return Math.min(size, start + size) - Math.max(0, start);
    });
  };
  return along(rows).flatMap((height) => along(columns).map((width) => height * width));
}

/** Of more positions than are taken one by one. */
function ofLargeFilter(): Case {
  return {
    run: () =>
      tf.grad((w) => tf.conv2d(full([1, 112, 111, 1], x), w as tf.Tensor4D, 1, "valid"))(
        full([13, 12, 1, 1], 0),
        full([1, 100, 100, 1], w),
      ),
    expected: Array.from({ length: 156 }, () => 10_000 * x * w),
  };
}

/** On cpu it would take a minute. */
const LARGE: Case = {
  run: () => tf.slice(tf.matMul(full([520, 10_000], x), full([10_000, 520], w)), [519, 518], [1, 2]),
  expected: [10_000 * x * w, 10_000 * x * w],
};
if (inject("backend") === "wasm") CASES["a product of large matrices"] = () => LARGE;

describe.skipIf(inject("backend") === "webgpu")("long sums", () => {
  test.each(Object.entries(CASES))("%s", async (_, make) => {
    const { run, expected } = make();
    const y = tf.tidy(run);
    const found = [...(await y.data())];
    y.dispose();
    expect(found).toHaveLength(expected.length);
    const errors = found.map((value, i) => Math.abs(value - expected[i]!) / Math.abs(expected[i]!));
    expect(Math.max(...errors)).toBeLessThan(2e-6);
  });
});
