/** @file Elementwise kernels of NaN, zeros of both signs, infinities, tiny numbers, integers of all sizes and bool. */
import { computeOnDevice } from "./on-device.ts";
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";

const backend = inject("backend");
const onHost = backend === "cpu" || backend === "wasm";
/** Textures of webgl hold integers as float32. */
const isExact = backend !== "webgl";

computeOnDevice();

const TINY = 5e-8;
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  TINY,
  -TINY,
  1e-8,
  -1e-8,
  1e-30,
  0.5,
  -2.5,
  20,
  -20,
  1e30,
  Infinity,
  -Infinity,
];

/** NaN that the device computed, and one that was uploaded: their signs differ. */
const nans = () => tf.concat([tf.div(tf.zeros([17]), tf.zeros([17])), full([17], Number.NaN)]);

describe("a cast to bool is true for all but zeros", () => {
  test("of float32, of any size", async () => {
    const x = tf.tensor1d([0.5, -1, 256, 2, 0, -0, 1e-30, NaN, Infinity, -0.1]);
    const truth = tf.cast(x, "bool");
    expect([...(await truth.data())]).toEqual([1, 1, 1, 1, 0, 0, 1, 1, 1, 1]);
    await expect(tf.where(truth, 1, 0)).toBeAllClose([1, 1, 1, 1, 0, 0, 1, 1, 1, 1]);
  });

  test("of int32", async () => {
    const x = tf.tensor1d([16, 32, 5, 256, 65536, -1, 0], "int32");
    expect([...(await tf.cast(x, "bool").data())]).toEqual([1, 1, 1, 1, 1, 1, 0]);
    expect([...(await tf.logicalNot(tf.cast(x, "bool")).data())]).toEqual([0, 0, 0, 0, 0, 0, 1]);
  });
});

test("sign is 1 or -1 for what is ever so small", async () => {
  const x = tf.tensor1d(NUMBERS);
  await expect(tf.sign(x)).toBeAllClose(NUMBERS.map(Math.sign));
  await expect(tf.sign(tf.tensor1d([3, 0, -7], "int32"))).toBeAllClose([1, 0, -1]);
});

test.runIf(onHost)("sign keeps NaN, signs of zeros and numbers below the normal ones", async () => {
  const x = tf.tensor1d([NaN, -0, 1e-40, -1e-40, 1e-38]);
  expect([...(await tf.sign(x).data())]).toEqual([NaN, -0, 1, -1, 1]);
});

describe("gradients of what is ever so small", () => {
  test("of an absolute value", async () => {
    const grad = tf.grad((x) => tf.sum(tf.abs(x)))(tf.tensor1d([TINY, -TINY, 0, 1e-30, 3]));
    await expect(grad).toBeAllClose([1, -1, 1, 1, 1]);
  });

  test("of a clipped value, half of it on a bound", async () => {
    const grad = tf.grad((x) => tf.sum(tf.clipByValue(x, 0, 1)))(tf.tensor1d([TINY, -TINY, 0, 1, 0.5, 2]));
    await expect(grad).toBeAllClose([1, 0, 0.5, 0.5, 1, 0]);
    const grad6 = tf.grad((x) => tf.sum(tf.relu6(x)))(tf.tensor1d([TINY, -TINY, 0, 6, 7]));
    await expect(grad6).toBeAllClose([1, 0, 0.5, 0.5, 0]);
  });
});

describe("NaN is seen", () => {
  const expectNaN = async (y: tf.Tensor) => expect(new Set(await y.data())).toEqual(new Set([NaN]));

  test.each([
    ["relu", (x: tf.Tensor) => tf.relu(x)],
    ["clipByValue", (x: tf.Tensor) => tf.clipByValue(x, -1, 1)],
    ["maximum with a scalar", (x: tf.Tensor) => tf.maximum(0, x)],
    ["maximum with another", (x: tf.Tensor) => tf.maximum(x, tf.ones(x.shape))],
    ["maximum with rows", (x: tf.Tensor) => tf.maximum(tf.reshape(x, [2, 17]), tf.ones([17]))],
    ["minimum with a scalar", (x: tf.Tensor) => tf.minimum(x, 0)],
    ["minimum with a column", (x: tf.Tensor) => tf.minimum(tf.reshape(x, [2, 17]), tf.ones([2, 1]))],
    ["the sum", (x: tf.Tensor) => tf.sum(x)],
    ["the largest", (x: tf.Tensor) => tf.max(tf.concat([tf.ones([3]), x]))],
    ["the smallest", (x: tf.Tensor) => tf.min(tf.concat([tf.ones([3]), x]))],
  ])("by %s", async (_, run) => {
    await expectNaN(run(nans()));
  });
});

test("powers of 1 are 1, and so are infinite ones of -1: as NumPy's and JAX's", async () => {
  const powers = tf.pow(
    tf.tensor1d([1, 1, 1, -1, -1, NaN, NaN, 2, -1]),
    tf.tensor1d([NaN, Infinity, -Infinity, Infinity, -Infinity, 0, 1, NaN, NaN]),
  );
  expect([...(await powers.data())]).toEqual([1, 1, 1, 1, 1, 1, NaN, NaN, NaN]);
});

describe("maxima and minima broadcast", () => {
  const at = (i: number) => ((i * 7) % 11) - 5;
  test.each([
    [[2, 3, 20], [20]],
    [
      [2, 3, 20],
      [3, 1],
    ],
    [
      [3, 1],
      [2, 3, 20],
    ],
    [
      [2, 1, 20],
      [3, 1],
    ],
    [
      [2, 3],
      [2, 3],
    ],
    [[], [4]],
    [
      [1, 1],
      [5, 40],
    ],
  ])("%j with %j", async (shapeA, shapeB) => {
    const make = (shape: number[], offset: number) =>
      tf.tensor(Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => at(i + offset)), shape); // prettier-ignore
    const [a, b] = [make(shapeA, 0), make(shapeB, 4)];
    const zero = tf.zeros(tf.broadcast_util.assertAndGetBroadcastShape(shapeA, shapeB));
    const [left, right] = await Promise.all([tf.add(a, zero).data(), tf.add(b, zero).data()]);
    await expect(tf.maximum(a, b)).toBeAllClose(Array.from(left, (x, i) => Math.max(x, right[i]!)));
    await expect(tf.minimum(a, b)).toBeAllClose(Array.from(left, (x, i) => Math.min(x, right[i]!)));
  });
});

test("integers are clipped as integers", async () => {
  const x = tf.tensor1d([-3, 3, 8], "int32");
  const clipped = tf.clipByValue(x, 0, 5);
  expect(clipped.dtype).toBe("int32");
  await expect(clipped).toBeAllClose([0, 3, 5]);
  await expect(tf.relu(x)).toBeAllClose([0, 3, 8]);
  await expect(tf.maximum(x, tf.tensor1d([4], "int32"))).toBeAllClose([4, 4, 8]);
});

describe.runIf(isExact)("integers are exact, and wrap", () => {
  const LARGE = [16777217, -16777217, 2147483647, -2147483648, 46341, 0, -1];
  const wrap = (x: bigint) => Number(BigInt.asIntN(32, x));

  test.each([
    ["abs", (x: tf.Tensor) => tf.abs(x), (x: bigint) => (x < 0n ? -x : x)],
    ["neg", (x: tf.Tensor) => tf.neg(x), (x: bigint) => -x],
    ["square", (x: tf.Tensor) => tf.square(x), (x: bigint) => x * x],
    ["relu", (x: tf.Tensor) => tf.relu(x), (x: bigint) => (x < 0n ? 0n : x)],
  ])("%s", async (_, run, exact) => {
    const y = run(tf.tensor1d(LARGE, "int32"));
    expect([...(await y.data())]).toEqual(LARGE.map((x) => wrap(exact(BigInt(x)))));
  });

  test.each([
    ["add", (a: tf.Tensor, b: tf.Tensor) => tf.add(a, b), (a: bigint, b: bigint) => a + b],
    ["sub", (a: tf.Tensor, b: tf.Tensor) => tf.sub(a, b), (a: bigint, b: bigint) => a - b],
    ["mul", (a: tf.Tensor, b: tf.Tensor) => tf.mul(a, b), (a: bigint, b: bigint) => a * b],
    [
      "squaredDifference",
      (a: tf.Tensor, b: tf.Tensor) => tf.squaredDifference(a, b),
      (a: bigint, b: bigint) => (a - b) ** 2n,
    ],
    ["maximum", (a: tf.Tensor, b: tf.Tensor) => tf.maximum(a, b), (a: bigint, b: bigint) => (a > b ? a : b)],
    ["equal", (a: tf.Tensor, b: tf.Tensor) => tf.equal(a, b), (a: bigint, b: bigint) => BigInt(a === b)],
    ["less", (a: tf.Tensor, b: tf.Tensor) => tf.less(a, b), (a: bigint, b: bigint) => BigInt(a < b)],
  ])("%s", async (_, run, exact) => {
    const rows = tf.tensor2d(LARGE, [LARGE.length, 1], "int32");
    const pairs = LARGE.flatMap((a) => LARGE.map((b) => wrap(exact(BigInt(a), BigInt(b)))));
    expect([...(await run(rows, tf.tensor1d(LARGE, "int32")).data())]).toEqual(pairs);
  });

  test("pow, floorDiv and mod, by 0 too", async () => {
    const base = tf.tensor1d([7, -3, 65537, 2, 1], "int32");
    const powers = await tf.pow(base, tf.tensor1d([9, 7, 3, -1, -5], "int32")).data();
    expect([...powers]).toEqual([40353607, -2187, wrap(65537n ** 3n), 0, 1]);
    const [a, b] = [tf.tensor1d([2147483647, -7, 7, 5], "int32"), tf.tensor1d([7, 2, -2, 0], "int32")];
    expect([...(await tf.floorDiv(a, b).data())]).toEqual([306783378, -4, -4, 0]);
    expect([...(await tf.mod(a, b).data())]).toEqual([1, 1, -1, 0]);
  });

  test("isNaN and isFinite of integers whose bits are those of a NaN", async () => {
    const x = tf.tensor1d([-1, 2147483647], "int32");
    expect([...(await tf.isNaN(x).data())]).toEqual([0, 0]);
    expect([...(await tf.isFinite(x).data())]).toEqual([1, 1]);
  });
});

describe("functions around 0 keep what is small", () => {
  const SMALL = [1e-8, -1e-8, TINY, -TINY, 1e-4, -1e-4, 1e-30, 0.01, -0.3, 0.24, -0.26, 0.6, 2];
  /** GPUs have exponentials and logarithms of a few digits less. */
  const tolerance = { rtol: onHost ? 5e-7 : 2e-5, atol: 0 };
  const within = (low: number, high: number) => SMALL.filter((x) => x > low && x < high);
  const scale = [1.0507009873554805, 1.7580993408473768] as const;

  test.each<[string, (x: tf.Tensor) => tf.Tensor, (x: number) => number, number[]]>([
    ["log1p", (x) => tf.log1p(x), Math.log1p, SMALL],
    ["expm1", (x) => tf.expm1(x), Math.expm1, SMALL],
    ["elu", (x) => tf.elu(x), (x) => (x > 0 ? x : Math.expm1(x)), SMALL],
    ["selu", (x) => tf.selu(x), (x) => (x > 0 ? scale[0] * x : scale[1] * Math.expm1(x)), SMALL],
    ["sin", (x) => tf.sin(x), Math.sin, within(-0.25, 0.25)],
    ["sinh", (x) => tf.sinh(x), Math.sinh, SMALL],
    ["tanh", (x) => tf.tanh(x), Math.tanh, SMALL],
    ["asinh", (x) => tf.asinh(x), Math.asinh, SMALL],
    ["atanh", (x) => tf.atanh(x), Math.atanh, within(-1, 1)],
    ["erf", (x) => tf.erf(x), (x) => erfSeries(x), SMALL],
  ])("%s", async (_, run, exact, at) => {
    const values = at.map(Math.fround);
    await expect(run(tf.tensor1d(values))).toBeAllClose(values.map(exact), tolerance);
  });

  test("softplus and the logarithm of a sigmoid", async () => {
    const at = [-20, -30, -80, 20, 3];
    const exact = at.map((v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))));
    const slack = { rtol: onHost ? 1e-6 : 5e-5, atol: 0 };
    await expect(tf.softplus(tf.tensor1d(at))).toBeAllClose(exact, slack);
    await expect(tf.neg(tf.logSigmoid(tf.neg(tf.tensor1d(at))))).toBeAllClose(exact, slack);
  });

  test("NaN comes through, and the ends are what they are", async () => {
    const x = tf.tensor1d([NaN, 100, -100]);
    for (const [run, ends] of [
      [tf.elu, [100, -1]],
      [tf.selu, [105.0700987, -1.7580993408473768]],
      [tf.sigmoid, [1, 0]],
      [tf.softplus, [100, 0]],
      [tf.tanh, [1, -1]],
      [tf.erf, [1, -1]],
    ] as const) {
      await expect(run(x)).toBeAllClose([NaN, ...ends], { rtol: 1e-5, atol: 1e-6 });
    }
    await expect(tf.exp(tf.tensor1d([NaN, 0]))).toBeAllClose([NaN, 1]);
    await expect(tf.log(tf.tensor1d([NaN, -1, 1]))).toBeAllClose([NaN, NaN, 0]);
  });
});

/** For `x` of at most 3. */
function erfSeries(x: number): number {
  let [sum, term] = [x, x];
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

test.runIf(onHost)("slopes of prelu broadcast, and leave what is above 0 alone", async () => {
  const x: tf.Tensor = tf.tensor2d([-1, 2, -3, 4, -5, 6], [2, 3]);
  await expect(tf.prelu(x, tf.tensor2d([10, 20], [2, 1]))).toBeAllClose([-10, 2, -30, 4, -100, 6]);
  await expect(tf.prelu(x, tf.tensor1d([1, Infinity, 2]))).toBeAllClose([-1, 2, -6, 4, -Infinity, 6]);
  await expect(tf.prelu(tf.cast(x, "int32"), tf.scalar(2, "int32"))).toBeAllClose([-2, 2, -6, 4, -10, 6]);
});
