import * as nn from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";

const isExact = ["cpu", "wasm"].includes(inject("backend"));

type Activation = (x: tf.Tensor) => tf.Tensor;

const { PI, SQRT2, abs, exp, expm1, log1p, max, min, sqrt, tanh } = Math;
const sigmoid = (x: number) => 1 / (1 + exp(-x));
const softplus = (x: number) => max(x, 0) + log1p(exp(-abs(x)));
const elu = (x: number) => (x > 0 ? x : expm1(x));
const hardSigmoid = (x: number) => min(max(x + 3, 0), 6) / 6;
/** The Gaussian's distribution function, by Simpson's rule. */
function phi(x: number): number {
  if (abs(x) > 12) return x > 0 ? 1 : 0;
  const [steps, h] = [2000, x / 2000];
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 0 ? 2 : 4;
    sum += weight * exp(-((i * h) ** 2) / 2);
  }
  return 0.5 + (sum * h) / 3 / (SQRT2 * sqrt(PI));
}

/** The formula in doubles, and the gradients where it has a kink, as JAX defines them. */
const ACTIVATIONS: [
  name: string,
  f: Activation,
  formula: (x: number) => number,
  kinks: [number, number][],
][] = [
  ["relu", nn.relu, (x) => max(x, 0), [[0, 0]]],
  [
    "relu6",
    nn.relu6,
    (x) => min(max(x, 0), 6),
    [
      [0, 0.5],
      [6, 0.5],
    ],
  ],
  ["leakyRelu", nn.leakyRelu, (x) => (x >= 0 ? x : 0.01 * x), [[0, 1]]],
  [
    "hardTanh",
    nn.hardTanh,
    (x) => min(max(x, -1), 1),
    [
      [-1, 1],
      [1, 1],
    ],
  ],
  [
    "hardSigmoid",
    nn.hardSigmoid,
    hardSigmoid,
    [
      [-3, 1 / 12],
      [3, 1 / 12],
    ],
  ],
  [
    "hardSilu",
    nn.hardSilu,
    (x) => x * hardSigmoid(x),
    [
      [-3, -0.25],
      [3, 1.25],
    ],
  ],
  ["elu", nn.elu, elu, [[0, 1]]],
  ["celu", (x) => nn.celu(x, 2), (x) => max(x, 0) + 2 * expm1(min(x, 0) / 2), [[0, 1]]],
  [
    "selu",
    nn.selu,
    (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x)),
    [[0, 1.7580993408473768]],
  ],
  ["sigmoid", nn.sigmoid, sigmoid, []],
  ["logSigmoid", nn.logSigmoid, (x) => -softplus(-x), []],
  ["softplus", nn.softplus, softplus, [[0, 0.5]]],
  ["softSign", nn.softSign, (x) => x / (abs(x) + 1), [[0, 1]]],
  ["silu", nn.silu, (x) => x * sigmoid(x), []],
  ["tanh", nn.tanh, tanh, []],
  ["gelu", nn.gelu, (x) => (x / 2) * (1 + tanh(sqrt(2 / PI) * (x + 0.044715 * x ** 3))), []],
  ["exact gelu", (x) => nn.gelu(x, { approximate: false }), (x) => x * phi(x), []],
  ["identity", nn.identity, (x) => x, []],
];

const FINITE = [-1e30, -100, -20, -6, -3, -1, -0.25, 0, 0.25, 1, 3, 6, 20, 100, 1e30];
const SMOOTH = [-100, -20, -7, -2.5, -0.75, -0.125, 0.125, 0.75, 2.5, 7, 20, 100];

describe.each(ACTIVATIONS)("%s", (_, f, formula, kinks) => {
  const gradient = (points: number[]) => nn.grad((x: tf.Tensor) => tf.sum(f(x)))(tf.tensor1d(points));

  test("has JAX's values from far below to far above 0", async () => {
    await expect(f(tf.tensor1d(FINITE))).toBeAllClose(FINITE.map(formula));
  });

  test("has JAX's gradients, at its kinks as well", async () => {
    const slope = (x: number) => (formula(x + 1e-5) - formula(x - 1e-5)) / 2e-5;
    await expect(gradient(SMOOTH)).toBeAllClose(SMOOTH.map(slope), { rtol: 2e-5, atol: 2e-6 });
    if (kinks.length === 0) return;
    await expect(gradient(kinks.map(([x]) => x))).toBeAllClose(kinks.map(([, slopeThere]) => slopeThere));
  });

  // The relu of WebGL multiplies by 0, which makes NaN of minus infinity.
  test.runIf(inject("backend") !== "webgl")("has the formula's values at infinity", async () => {
    const infinities = [-Infinity, Infinity];
    // x * 0 there is NaN in JAX as well; GPUs need not tell NaN from other values.
    const [points, values] = [infinities, infinities.map(formula)];
    const told = values.map((value, i) => [points[i]!, value]).filter(([, value]) => !Number.isNaN(value));
    if (told.length === 0) return;
    await expect(f(tf.tensor1d(told.map(([x]) => x!)))).toBeAllClose(told.map(([, value]) => value!));
  });

  // WebGPU and WebGL leave it to the driver what becomes of NaN.
  test.runIf(isExact)("makes NaN of NaN", async () => {
    await expect(f(tf.tensor1d([NaN]))).toBeAllClose([NaN]);
  });
});

describe("along an axis", () => {
  const rows = tf.tensor2d;

  test("logsumexp neither overflows nor makes NaN of infinities", async () => {
    const x = rows([
      [1000, 1001],
      [-1000, -1001],
      [-Infinity, 0],
      [Infinity, 1],
    ]);
    const log = log1p(exp(-1));
    const expected = [1001 + log, -1000 + log, 0, Infinity];
    await expect(nn.logsumexp(x, { axis: -1 })).toBeAllClose(expected);
    expect(nn.logsumexp(x, { axis: 1, keepDims: true }).shape).toEqual([4, 1]);
    await expect(
      nn.logsumexp(
        rows([
          [0, 0],
          [0, 0],
        ]),
      ),
    ).toBeAllClose([Math.log(4)]);
    const gradient = nn.grad((y: tf.Tensor) => tf.sum(nn.logsumexp(y, { axis: -1 })));
    await expect(gradient(tf.slice(x, [0, 0], [3, 2]))).toBeAllClose([
      sigmoid(-1),
      sigmoid(1),
      sigmoid(1),
      sigmoid(-1),
      0,
      1,
    ]);
  });

  // The logarithm of 0 is some large negative number on GPUs.
  test.runIf(isExact)("logsumexp of nothing but minus infinities is that", async () => {
    await expect(nn.logsumexp(tf.tensor1d([-Infinity, -Infinity]))).toBeAllClose([-Infinity]);
  });

  test("standardize of nearly equal numbers is finite, where rounding makes their variance negative", async () => {
    for (const value of [1000, 1025.9, 1107.3, 12345.678]) {
      const x = tf.tensor1d([value, value * (1 + 1e-7), value * (1 + 2e-7)]);
      const standard = await nn.standardize(x).data();
      expect(standard.every((y) => Number.isFinite(y))).toBe(true);
    }
  });

  test("softmax, logSoftmax and logsumexp leave out what where says, as JAX does, also in their gradients", async () => {
    const x = tf.tensor2d([1, 2, 3, 4, -Infinity, 1, 0, 1, NaN, 5, 6, 7], [4, 3]);
    const where = tf.tensor2d([1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0], [4, 3], "bool");
    const soft = [0.11920291, 0, 0.880797, 1, 0, 0, 0.26894143, 0.7310586, 0, 0, 0, 0];
    await expect(nn.softmax(x, -1, { where })).toBeAllClose(soft);
    await expect(nn.softmax(x, 1, { where: tf.cast(where, "float32") })).toBeAllClose(soft);
    await expect(tf.transpose(nn.softmax(tf.transpose(x), 0, { where: tf.transpose(where) }))).toBeAllClose(
      soft,
    );
    const logs = nn.logSoftmax(x, -1, { where });
    await expect(tf.exp(logs)).toBeAllClose(soft);
    await expect(tf.slice(logs, [0, 0], [1, 1])).toBeAllClose([-2.126928]);
    await expect(nn.logsumexp(x, { axis: -1, where })).toBeAllClose([3.126928, 4, 1.3132616, -Infinity]);

    const grads = (f: (x: tf.Tensor) => tf.Tensor) => nn.grad((y: tf.Tensor) => tf.sum(f(y)))(x);
    const shown = (y: tf.Tensor) => tf.where(where, y, tf.scalar(0));
    await expect(grads((y) => nn.logsumexp(y, { axis: -1, where }))).toBeAllClose(soft);
    const first = tf.tensor2d([1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0], [4, 3]);
    await expect(grads((y) => tf.mul(nn.softmax(y, -1, { where }), first))).toBeAllClose([
      0.10499357, 0, -0.10499357, 0, 0, 0, 0.19661193, -0.19661193, 0, 0, 0, 0,
    ]);
    await expect(grads((y) => tf.mul(shown(nn.logSoftmax(y, -1, { where })), first))).toBeAllClose([
      0.8807971, 0, -0.8807971, 0, 0, 0, 0.7310586, -0.7310586, 0, 0, 0, 0,
    ]);
  });

  test("where may broadcast, over several axes too, and must fit", async () => {
    const x = tf.ones([2, 2, 3]);
    const where = tf.tensor1d([true, false, true], "bool");
    const quarter = Array.from({ length: 12 }, (_, i) => (i % 3 === 1 ? 0 : 0.25));
    await expect(nn.softmax(x, [0, 2], { where })).toBeAllClose(quarter);
    await expect(nn.logsumexp(x, { where })).toBeAllClose([1 + Math.log(8)]);
    expect(() => nn.softmax(x, -1, { where: tf.ones([2]) })).toThrow(nn.ShapeMismatchError);
    expect(() => nn.logsumexp(x, { where: tf.ones([2, 2, 3, 1]) })).toThrow(/expected where to broadcast/);
  });

  test.runIf(isExact)("the gradient of logsumexp of nothing but minus infinities is 0", async () => {
    await expect(
      nn.grad((y: tf.Tensor) => nn.logsumexp(y))(tf.tensor1d([-Infinity, -Infinity])),
    ).toBeAllClose([0, 0]);
  });

  test("softmax and logSoftmax do not overflow, and give nothing to minus infinity", async () => {
    const x = rows([
      [1000, 1001, -Infinity],
      [-1000, -1001, -Infinity],
    ]);
    const expected = [sigmoid(-1), sigmoid(1), 0, sigmoid(1), sigmoid(-1), 0];
    for (const axis of [-1, 1]) await expect(nn.softmax(x, axis)).toBeAllClose(expected);
    await expect(tf.transpose(nn.softmax(tf.transpose(x), 0))).toBeAllClose(expected);
    await expect(nn.logSoftmax(x)).toBeAllClose(expected.map(Math.log));
    await expect(tf.transpose(nn.logSoftmax(tf.transpose(x), 0))).toBeAllClose(expected.map(Math.log));
    await expect(nn.softmax(tf.zeros([2, 2, 2]), [0, 2])).toBeAllClose(Array.from({ length: 8 }, () => 0.25));
  });

  test("null stands for all axes, and an axis that is not there is an error", async () => {
    const x = rows([
      [1, -2, 3],
      [0, 4, -1],
    ]);
    const all = tf.reshape(tf.softmax(tf.reshape(x, [6])), [2, 3]);
    await expect(nn.softmax(x, null)).toBeAllClose(all);
    await expect(nn.logSoftmax(x, null)).toBeAllClose(tf.log(all));
    expect(() => nn.softmax(x, 2)).toThrow(
      /^softmax: expected an axis from -2 to 1 for a tensor of 2 axes, got 2/,
    );
  });

  test("standardize takes mean and variance that it is given", async () => {
    const x = rows([
      [1, 3],
      [5, 9],
    ]);
    await expect(nn.standardize(x, { epsilon: 0 })).toBeAllClose([-1, 1, -1, 1]);
    await expect(nn.standardize(x, { axis: 0, epsilon: 0 })).toBeAllClose([-1, -1, 1, 1]);
    const given = { mean: tf.scalar(1), variance: tf.scalar(4), epsilon: 0 };
    await expect(nn.standardize(x, given)).toBeAllClose([0, 1, 2, 4]);
  });

  test("oneHot puts its vectors along any axis, zeros for an index out of range", async () => {
    const indices = tf.tensor1d([1, 3, -1], "int32");
    await expect(nn.oneHot(indices, 2)).toBeAllClose([0, 1, 0, 0, 0, 0]);
    const first = nn.oneHot(tf.tensor2d([[0, 1, 1]], [1, 3], "int32"), 2, { axis: 0 });
    expect(first.shape).toEqual([2, 1, 3]);
    await expect(first).toBeAllClose([1, 0, 0, 0, 1, 1]);
    expect(nn.oneHot(tf.zeros([4, 5], "int32"), 2, { axis: 1 }).shape).toEqual([4, 2, 5]);
  });

  test("glu halves any axis", async () => {
    const x = rows([
      [1, 2],
      [0, 100],
    ]);
    await expect(nn.glu(x, 0)).toBeAllClose([0.5, 2]);
    expect(nn.glu(x).shape).toEqual([2, 1]);
    expect(() => nn.glu(tf.ones([2, 3]))).toThrow(/evenly/);
  });
});
