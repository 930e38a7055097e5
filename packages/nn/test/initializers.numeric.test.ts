import { initializers, InvalidArgumentError } from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import golden from "@nnx-js/testing/golden/initializers.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const INITIALIZERS: Record<string, initializers.Initializer> = {
  zeros: initializers.zerosInit(),
  ones: initializers.onesInit(),
  "constant_0.3": initializers.constant(0.3),
  "uniform_0.5": initializers.uniform(0.5),
  "normal_0.02": initializers.normal(0.02),
  "truncated_normal_0.1": initializers.truncatedNormal(0.1),
  lecun_normal: initializers.lecunNormal(),
  lecun_uniform: initializers.lecunUniform(),
  glorot_normal: initializers.glorotNormal(),
  glorot_uniform: initializers.glorotUniform(),
  he_normal: initializers.heNormal(),
  he_uniform: initializers.heUniform(),
  orthogonal: initializers.orthogonal(),
  variance_scaling_2_fan_avg_normal: initializers.varianceScaling(2, "fanAvg", "normal"),
};

test.each(golden.cases)("$name of shape $shape gives JAX's numbers", async ({ name, seed, shape, out }) => {
  const initialize = INITIALIZERS[name];
  expect(initialize).toBeDefined();
  await expect(initialize!(random.key(seed), shape)).toBeAllClose(out, { rtol: 2e-6, atol: 1e-6 });
});

test.each<[string, initializers.Initializer, initializers.Initializer]>([
  ["kaimingNormal", initializers.kaimingNormal(), initializers.heNormal()],
  ["kaimingUniform", initializers.kaimingUniform(), initializers.heUniform()],
  ["xavierNormal", initializers.xavierNormal(), initializers.glorotNormal()],
  ["xavierUniform", initializers.xavierUniform(), initializers.glorotUniform()],
  ["zeros", initializers.zeros, initializers.zerosInit()],
  ["ones", initializers.ones, initializers.onesInit()],
])("%s is another name", async (_, alias, initializer) => {
  await expect(alias(random.key(3), [3, 4])).toBeAllClose(initializer(random.key(3), [3, 4]));
});

describe("varianceScaling", () => {
  const scaled = (mode: initializers.FanMode, axes?: initializers.FanAxes) =>
    initializers.varianceScaling(1, mode, "normal", axes);

  test.each<[string, number[], initializers.FanMode, initializers.FanAxes | undefined, number]>([
    ["inputs times the window", [3, 2, 5, 7], "fanIn", undefined, 30],
    ["outputs times the window", [3, 2, 5, 7], "fanOut", undefined, 42],
    ["the mean of both", [3, 2, 5, 7], "fanAvg", undefined, 36],
    ["the geometric mean of both", [2, 8], "fanGeoAvg", undefined, 4],
    ["inputs on another axis", [4, 5, 6], "fanIn", { inAxis: 0 }, 20],
    ["inputs on several axes", [4, 5, 6], "fanIn", { inAxis: [0, 1] }, 20],
    ["outputs on several axes", [4, 5, 6], "fanOut", { inAxis: 0, outAxis: [1, 2] }, 30],
    ["axes of a batch do not count", [4, 5, 6], "fanIn", { batchAxis: 0 }, 5],
    ["several axes of a batch", [4, 3, 5, 6], "fanOut", { batchAxis: [0, 1] }, 6],
  ])("%s", async (_, shape, mode, axes, fan) => {
    const expected = tf.div(random.normal(random.key(0), shape), Math.sqrt(fan));
    await expect(scaled(mode, axes)(random.key(0), shape)).toBeAllClose(expected);
  });

  test("needs two axes, a mode and a distribution that there are", () => {
    expect(() => scaled("fanIn")(random.key(0), [3])).toThrow(InvalidArgumentError);
    expect(() => scaled("fan" as "fanIn")(random.key(0), [3, 3])).toThrow(/Invalid mode fan: expected fanIn/);
    const unknown = initializers.varianceScaling(1, "fanIn", "gauss" as "normal");
    expect(() => unknown(random.key(0), [3, 3])).toThrow(
      /Invalid distribution gauss: expected truncatedNormal/,
    );
  });
});

test("truncatedNormal truncates where it is told, then scales", async () => {
  const x = initializers.truncatedNormal(2, { lower: 0, upper: 0.5 })(random.key(0), [200]);
  await expect(x).toBeAllClose(tf.mul(random.truncatedNormal(random.key(0), 0, 0.5, [200]), 2));
  const [low, high] = [tf.min(x), tf.max(x)];
  expect((await low.data())[0]).toBeGreaterThanOrEqual(0);
  expect((await high.data())[0]).toBeLessThanOrEqual(1);
});

describe("orthogonal", () => {
  const product = (x: tf.Tensor) => tf.matMul(x, x, true);
  const identity = (size: number, scale = 1) => tf.mul(tf.eye(size), scale);

  test.each<[number[], number]>([
    [[5, 3], -1],
    [[3, 3], -1],
    [[2, 4, 3], -1],
    [[3, 5, 2], 0],
  ])("shape %j has orthonormal columns along axis %i", async (shape, columnAxis) => {
    const x = initializers.orthogonal(2, { columnAxis })(random.key(1), shape);
    expect(x.shape).toEqual(shape);
    const last = columnAxis === 0 ? tf.transpose(x, [1, 2, 0]) : x;
    const matrix = tf.reshape(last, [-1, last.shape.at(-1)!]);
    await expect(product(matrix)).toBeAllClose(identity(matrix.shape[1]!, 4), { atol: 1e-5 });
  });

  test("with more columns than rows the rows are orthonormal", async () => {
    const x = initializers.orthogonal()(random.key(1), [2, 5]);
    await expect(product(tf.transpose(x))).toBeAllClose(identity(2), { atol: 1e-5 });
  });

  test("deltaOrthogonal keeps it in the middle of the window", async () => {
    for (const [window, middle] of [
      [[3], [1]],
      [
        [4, 3],
        [1, 1],
      ],
      [
        [2, 1, 3],
        [0, 0, 1],
      ],
    ] as const) {
      const x = initializers.deltaOrthogonal(3)(random.key(2), [...window, 2, 4]);
      const expected = initializers.orthogonal(3)(random.key(2), [2, 4]);
      const found = tf.slice(x, [...middle, 0, 0], [...window.map(() => 1), 2, 4]);
      await expect(tf.reshape(found, [2, 4])).toBeAllClose(expected);
      await expect(tf.sum(tf.abs(x))).toBeAllClose(tf.sum(tf.abs(expected)));
    }
    for (const shape of [
      [2, 2],
      [3, 4, 2],
      [1, 1, 1, 1, 2, 2],
    ]) {
      expect(() => initializers.deltaOrthogonal()(random.key(2), shape)).toThrow(InvalidArgumentError);
    }
  });
});
