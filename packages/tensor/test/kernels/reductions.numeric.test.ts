/** @file Reductions: long sums, integers, NaN and ties. */
import { computeOnDevice } from "./on-device.ts";
import { full } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";

const backend = inject("backend");
const onHost = backend === "cpu" || backend === "wasm";

computeOnDevice();

describe.runIf(onHost)("long sums keep their digits", () => {
  const n = 2_000_003;
  const tenth = Math.fround(0.1);

  test("of one long axis", async () => {
    const x = full([n], 0.1);
    await expect(tf.sum(x)).toBeAllClose([n * tenth], { rtol: 2e-7 });
    await expect(tf.mean(x)).toBeAllClose([tenth], { rtol: 2e-7 });
    await expect(tf.moments(tf.add(x, 100)).variance).toBeAllClose([0], { atol: 1e-9 });
    x.dispose();
  });

  test("along the first and along the last of two axes", async () => {
    const x = full([n, 2], 0.1);
    await expect(tf.sum(x, 0)).toBeAllClose([n * tenth, n * tenth], { rtol: 2e-7 });
    await expect(tf.sum(tf.reshape(x, [2, n]), 1)).toBeAllClose([n * tenth, n * tenth], { rtol: 2e-7 });
    x.dispose();
  });
});

test("sums and means of every length and axis", async () => {
  for (const [rows, columns] of [
    [1, 1],
    [2, 3],
    [3, 4],
    [5, 7],
    [4, 33],
  ] as const) {
    // prettier-ignore
    const values = Array.from({ length: rows * columns }, (_, i) => ((i * 29) % 17) - 7);
    const x = tf.tensor2d(values, [rows, columns]);
    const sumRow = (i: number) => values.slice(i * columns, (i + 1) * columns).reduce((a, b) => a + b, 0);
    const sums = Array.from({ length: rows }, (_, i) => sumRow(i));
    await expect(tf.sum(x, -1)).toBeAllClose(sums);
    await expect(tf.mean(x, 1, true)).toBeAllClose(tf.tensor2d(sums.map((s) => s / columns), [rows, 1])); // prettier-ignore
    await expect(tf.sum(tf.transpose(x), 0)).toBeAllClose(sums);
    await expect(tf.sum(x)).toBeAllClose([sums.reduce((a, b) => a + b, 0)]);
  }
});

test("sums and means along axes in front, between and behind others", async () => {
  const shape: [number, number, number, number] = [2, 3, 2, 13];
  const values = Array.from({ length: 156 }, (_, i) => ((i * 29) % 17) - 7);
  const x = tf.tensor4d(values, shape);
  for (const axes of [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2], [0, 2], [1, 3], [0, 1, 2, 3]]) {
    const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const sums = Array.from({ length: kept.reduce((a, b) => a * b, 1) }, () => 0);
    for (const [i, value] of values.entries()) {
      let [at, rest, step] = [0, i, 1];
      for (let axis = 3; axis >= 0; axis--) {
        if (!axes.includes(axis)) at += (rest % shape[axis]!) * step;
        rest = Math.floor(rest / shape[axis]!);
        step *= kept[axis]!;
      }
      sums[at]! += value;
    }
    const count = values.length / sums.length;
    await expect(tf.sum(x, axes, true)).toBeAllClose(tf.tensor(sums, kept));
    await expect(tf.mean(x, axes)).toBeAllClose(tf.tensor(sums.map((s) => s / count), kept.filter((_, axis) => !axes.includes(axis)))); // prettier-ignore
  }
});

describe.runIf(backend !== "webgl")("integers", () => {
  const wrap = (x: bigint) => Number(BigInt.asIntN(32, x));
  const values = [16777217, 2147483647, 7, -5, 65537, 3];
  const big = values.map(BigInt);

  test("are added up and multiplied modulo 2^32", async () => {
    const x = tf.tensor1d(values, "int32");
    expect([...(await tf.sum(x).data())]).toEqual([wrap(big.reduce((a, b) => a + b))]);
    expect([...(await tf.prod(x).data())]).toEqual([wrap(big.reduce((a, b) => a * b))]);
    await expect(tf.mean(x)).toBeAllClose([Number(big.reduce((a, b) => a + b)) / 6], { rtol: 1e-6 });
    expect([...(await tf.max(x).data())]).toEqual([2147483647]);
  });

  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("are multiplied as matrices, transposed %s and %s", async (transposeA, transposeB) => {
    const entries = (n: number, at: number) =>
      Array.from({ length: n }, (_, i) => Math.imul(i + at, 40503) + 16777217 * (i % 3));
    const [a, b] = [entries(12, 1), entries(24, 5)];
    const product = tf.matMul(
      tf.tensor3d(a, transposeA ? [2, 3, 2] : [2, 2, 3], "int32"),
      tf.tensor3d(b, transposeB ? [2, 4, 3] : [2, 3, 4], "int32"),
      transposeA,
      transposeB,
    );
    expect([product.shape, product.dtype]).toEqual([[2, 2, 4], "int32"]);
    const expected = Array.from({ length: 16 }, (_, at) => {
      const [batch, i, j] = [at >> 3, (at >> 2) & 1, at & 3];
      const terms = [0, 1, 2].map(
        (k) =>
          BigInt(a[batch * 6 + (transposeA ? k * 2 + i : i * 3 + k)]!) *
          BigInt(b[batch * 12 + (transposeB ? j * 3 + k : k * 4 + j)]!),
      );
      return wrap(terms.reduce((sum, term) => sum + term));
    });
    expect([...(await product.data())]).toEqual(expected);
  });

  test("as one matrix for a batch of them", async () => {
    const product = tf.matMul(tf.ones([2, 1, 2], "int32"), tf.tensor2d([1, 2, 3, 16777217], [2, 2], "int32"));
    expect([...(await product.data())]).toEqual([4, 16777219, 4, 16777219]);
  });
});

describe("where the largest and the smallest is", () => {
  test("the first of equals", async () => {
    const x = tf.tensor2d([3, 3, 1, 1, 2, 2], [2, 3]);
    await expect(tf.argMax(x, 1)).toBeAllClose([0, 1]);
    await expect(tf.argMin(x, -1)).toBeAllClose([2, 0]);
    await expect(tf.argMax(x, 0)).toBeAllClose([0, 0, 1]);
  });

  test.runIf(backend !== "webgl")("the first NaN", async () => {
    const x = tf.tensor2d([1, NaN, 3, 4, 5, 6, NaN, 0, NaN], [3, 3]);
    await expect(tf.argMax(x, 1)).toBeAllClose([1, 2, 0]);
    await expect(tf.argMin(x, 1)).toBeAllClose([1, 0, 0]);
  });

  test("of infinities", async () => {
    await expect(tf.argMax(tf.tensor1d([-Infinity, -Infinity]), 0)).toBeAllClose([0]);
    await expect(tf.argMin(tf.tensor1d([Infinity, 3, Infinity]), 0)).toBeAllClose([1]);
  });
});

describe.runIf(onHost)("NaN is seen through", () => {
  const x = () => tf.tensor4d([1, NaN, 1, 1, 1, 1, 1, 1, 1], [1, 3, 3, 1]);
  const filter = () => tf.ones<tf.Rank.R4>([2, 2, 1, 1]);
  test.each([
    ["a product", () => tf.matMul(tf.tensor2d([1, NaN], [1, 2]), tf.ones([2, 2]))],
    ["a product and a clamp", () => tf.fused.matMul({ a: tf.tensor2d([1, NaN], [1, 2]), b: tf.ones<tf.Rank.R2>([2, 2]), activation: "relu" })], // prettier-ignore
    ["a convolution and a clamp", () => tf.fused.conv2d({ x: x(), filter: filter(), strides: 1, pad: "valid", activation: "relu6" })], // prettier-ignore
    ["average pooling", () => tf.avgPool(x(), 2, 1, "valid")],
  ])("%s", async (_, run) => {
    const y = await run().data();
    expect([y[0], y[1]]).toEqual([NaN, NaN]);
  });
});

test("a NaN is seen through maximum pooling and softmax", async () => {
  const x = tf.tensor4d([1, NaN, 1, 1, 1, 1, 1, 1, 1], [1, 3, 3, 1]);
  await expect(tf.maxPool(x, 2, 1, "valid")).toBeAllClose([NaN, NaN, 1, 1]);
  const rows = tf.tensor2d([NaN, 1, 2, 2, -Infinity, 2, -Infinity, -Infinity], [4, 2]);
  await expect(tf.softmax(rows)).toBeAllClose([NaN, NaN, 0.5, 0.5, 0, 1, NaN, NaN]);
});

test.each<[string, (x: tf.Tensor) => tf.Tensor]>([
  ["softmax", (x) => tf.softmax(x)],
  ["a maximum along the first axis", (x) => tf.max(x, 0)],
  ["a minimum of all", (x) => tf.min(x)],
  ["a power", (x) => tf.pow(x, tf.scalar(-1))],
  [
    "a slice of five axes",
    (x) =>
      tf.stridedSlice(tf.reshape(x, [1, 2, 1, 2, 2]), [0, 1, 0, 1, 0], [1, -3, 1, -3, 2], [1, -1, 1, -1, 1]),
  ],
  ["draws", (x) => tf.multinomial(tf.reshape<tf.Rank.R2>(x, [2, 4]), 3, 1)],
  [
    "rows that a mask chooses",
    (x) => tf.where(tf.tensor1d([true, false]), tf.reshape(x, [4, 2]), tf.zeros([4, 2])),
  ],
  [
    "the gradient of average pooling",
    (x) => tf.grad((z) => tf.avgPool(z as tf.Tensor4D, 3, 2, "same"))(tf.reshape(x, [1, 2, 4, 1])),
  ],
])("%s leaves nothing behind", async (_, run) => {
  const x = tf.tensor1d([3, -1, 0.5, 2, 7, -Infinity, 1, 4]);
  await expectNoLeak(() => tf.tidy(() => void run(x)));
});
