/** @file The one-pass kernels of optimisers against the operations they stand for, on every backend. */
import {
  adamDirection,
  ElementwiseArgumentError,
  linearCombination,
  runAbstract,
  squareCombination,
} from "@nnx-js/tensor";
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { expectGradients } from "../gradients/check.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const host = ["cpu", "wasm"].includes(inject("backend"));
/** Bit for bit in JavaScript and on wasm; GPUs contract, and divide to 2.5 units in the last place. */
const tolerance = host ? { rtol: 0, atol: 0 } : { rtol: 12 * 2 ** -23, atol: 2 ** -22 };

/** Every rank that a parameter may have, odd sizes, one element, none, and sizes beyond a threshold of wasm. */
const SHAPES = [[], [1], [7], [0, 3], [3, 5], [1, 1], [2, 3, 3], [2, 1, 3, 5], [2, 1, 2, 3, 3], [67, 65]];

const positive = (shape: number[]) => tf.add(tf.abs(wave(shape, 0.7, 0.3)), 1e-3);

/** What Adam's direction is, by TensorFlow.js's operations. */
function directionByOperations(
  [mean, square, meanPower, squarePower]: readonly tf.Tensor[],
  eps: number,
  epsRoot: number,
) {
  const unbiasedSquare = tf.div(square!, tf.sub(1, squarePower!));
  const root = tf.sqrt(tf.add(unbiasedSquare, epsRoot));
  return tf.div(tf.div(mean!, tf.sub(1, meanPower!)), tf.add(root, eps));
}

describe.each(SHAPES.map((shape) => ({ shape })))("for shape $shape", ({ shape }) => {
  test("linearCombination is a * x + b * y", async () => {
    const [x, y] = [wave(shape), wave(shape, 3, 1)];
    const combined = linearCombination(0.1, x, -0.9, y);
    expect([combined.shape, combined.dtype]).toEqual([shape, "float32"]);
    await expect(combined).toBeAllClose(tf.add(tf.mul(x, 0.1), tf.mul(y, -0.9)), tolerance);
  });

  test("squareCombination is a * x² + b * y", async () => {
    const [x, y] = [wave(shape), wave(shape, 3, 1)];
    const combined = squareCombination(1 - 0.999, x, 0.999, y);
    expect([combined.shape, combined.dtype]).toEqual([shape, "float32"]);
    const expected = tf.add(tf.mul(tf.square(x), 1 - 0.999), tf.mul(y, 0.999));
    await expect(combined).toBeAllClose(expected, tolerance);
  });

  test.each([0, 1e-4])("adamDirection is m̂ / (√(v̂ + %f) + eps)", async (epsRoot) => {
    const inputs = [wave(shape, 0.1), positive(shape), tf.scalar(0.9), tf.scalar(0.99)] as const;
    const direction = adamDirection(...inputs, { eps: 1e-8, epsRoot });
    expect([direction.shape, direction.dtype]).toEqual([shape, "float32"]);
    await expect(direction).toBeAllClose(directionByOperations(inputs, 1e-8, epsRoot), tolerance);
  });
});

test("inputs that the device computed are accepted", async () => {
  // 45 of 9 and more: large enough for webgl to leave the CPU side.
  const x = tf.matMul(wave([45, 9]), wave([9, 45], 0.3, 2));
  const y = tf.transpose(wave([45, 45], 2));
  await expect(linearCombination(0.5, x, 2, y)).toBeAllClose(tf.add(tf.mul(x, 0.5), tf.mul(y, 2)), {
    rtol: 1e-5,
    atol: 1e-5,
  });
});

test("what lies beside a tensor in a texture of webgl does not spoil a product", async () => {
  const [zero, ones] = [tf.scalar(0), tf.ones<tf.Rank.R2>([3, 3])];
  // A texel holds 2x2 elements: without eps those beyond the tensor would be 0 / 0.
  const direction = adamDirection(ones, ones, zero, zero, { eps: 0, epsRoot: 0 });
  await expect(tf.matMul(direction, ones)).toBeAllClose(Array.from({ length: 9 }, () => 3));
});

test("where there has been no gradient the direction is 0", async () => {
  const [zero, nothing] = [tf.scalar(0), tf.zeros([3, 3])];
  await expect(adamDirection(nothing, nothing, zero, zero, { eps: 1e-8, epsRoot: 0 })).toBeAllClose(nothing);
});

test.runIf(host)("0 / 0 is NaN", async () => {
  const zero = tf.scalar(0);
  await expect(adamDirection(zero, zero, zero, zero, { eps: 0, epsRoot: 0 })).toBeAllClose([NaN]);
});

test.runIf(inject("backend") === "webgpu")("more elements than one row of a dispatch holds", async () => {
  const size = 65_535 * 64 + 1000;
  const combined = linearCombination(2, tf.range(0, size), 1, tf.ones([size]));
  await expect(tf.slice(combined, size - 2, 2)).toBeAllClose([2 * size - 3, 2 * size - 1], { rtol: 0 });
});

describe("gradients of first and second order", () => {
  const x = () => wave([2, 3], 0.8, 0.4);
  test("of linearCombination", () =>
    expectGradients({
      f: (a, b) => linearCombination(0.3, a, -1.2, b),
      at: () => [x(), wave([2, 3], 1, 2)],
    }));
  test("of squareCombination", () =>
    expectGradients({
      f: (a, b) => squareCombination(0.3, a, -1.2, b),
      at: () => [x(), wave([2, 3], 1, 2)],
    }));
  test("of adamDirection, the powers too", () =>
    expectGradients({
      f: (m, v, p, q) => adamDirection(m, v, p, q, { eps: 0.1, epsRoot: 0.2 }),
      at: () => [x(), tf.add(positive([2, 3]), 1), tf.scalar(0.3), tf.scalar(0.2)],
    }));
});

test("shapes can be inferred without computing", () => {
  const spec = runAbstract(() => {
    const [x, one] = [tf.ones([4, 5]), tf.scalar(1)];
    const moment = squareCombination(1, linearCombination(1, x, 1, x), 1, x);
    const { shape, dtype } = adamDirection(x, moment, one, one, { eps: 1, epsRoot: 0 });
    return { shape, dtype };
  });
  expect(spec).toEqual({ shape: [4, 5], dtype: "float32" });
});

describe("what does not fit is refused", () => {
  const float = () => tf.ones([2, 3]);
  const refused: [string, RegExp, () => void][] = [
    [
      "an int32 tensor",
      /found int32 \[2, 3\]/,
      () => linearCombination(1, tf.ones([2, 3], "int32"), 1, float()),
    ],
    [
      "an int32 tensor as the second",
      /found bool/,
      () => squareCombination(1, float(), 1, tf.ones([2, 3], "bool")),
    ],
    ["another shape", /\[2, 3\], found \[3\]/, () => linearCombination(1, float(), 1, tf.ones([3]))],
    [
      "another shape of a square",
      /\[2, 3\], found \[2\]/,
      () => squareCombination(1, float(), 1, tf.ones([2])),
    ],
    [
      "a power that is no scalar",
      /scalar tensor as squarePower/,
      () => adamDirection(float(), float(), tf.scalar(0), tf.ones([1]), { eps: 1, epsRoot: 0 }),
    ],
    // @ts-expect-error -- a tensor for a number, as a caller without types may write
    ["a tensor for a number", /number as a/, () => linearCombination(tf.scalar(1), float(), 1, float())],
  ];
  test.each(refused)("%s", (_, message, run) => {
    expect(run).toThrow(ElementwiseArgumentError);
    expect(run).toThrow(message);
  });
});

test.each([[[7]], [[67, 65]]])("no tensor of shape %j is left behind", async (shape) => {
  const [x, y, power] = [wave(shape), positive(shape), tf.scalar(0.5)];
  const onOtherBackends = () => tf.memory().numDataBuffers - tf.engine().backend.numDataIds();
  const others = onOtherBackends();
  await expectNoLeak(() => {
    linearCombination(1, x, 2, y).dispose();
    squareCombination(1, x, 2, y).dispose();
    adamDirection(x, y, power, power, { eps: 1e-8, epsRoot: 1e-4 }).dispose();
    expect(onOtherBackends()).toBe(others);
  });
});
