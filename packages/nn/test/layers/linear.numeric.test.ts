import { initializers, Linear, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

function known(): Linear {
  const layer = new Linear(2, 3, { rngs: new Rngs(0) });
  layer.kernel.value = tf.tensor2d([
    [1, 2, 3],
    [10, 20, 30],
  ]);
  layer.bias!.value = tf.tensor1d([0.5, 0, -0.5]);
  return layer;
}

test("the seed 0 gives Flax's kernel, and the next layer the next keys", async () => {
  const rngs = new Rngs(0);
  const [first, second] = [new Linear(2, 3, { rngs }), new Linear(3, 1, { rngs })];
  const tolerance = { rtol: 2e-6, atol: 1e-6 };
  await expect(first.kernel.value).toBeAllClose(
    [0.7567299, -0.6857005, -0.5688337, -0.8757605, -0.6599427, 0.4493509],
    tolerance,
  );
  await expect(first.bias!.value).toBeAllClose([0, 0, 0]);
  await expect(second.kernel.value).toBeAllClose([0.7849591, 0.8175216, -0.2559592], tolerance);
});

test.each<[number[]]>([[[2]], [[2, 2]], [[1, 2, 2]], [[0, 2]], [[2, 1, 1, 2]]])(
  "contracts the last axis of an input of shape %j",
  async (shape) => {
    const layer = known();
    const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const x = tf.reshape(tf.tensor1d(Array.from({ length: rows * 2 }, (_, i) => i + 1)), shape);
    const y = layer.forward(x);
    expect(y.shape).toEqual([...shape.slice(0, -1), 3]);
    const expected = Array.from({ length: rows }, (_, row) => {
      const [a, b] = [2 * row + 1, 2 * row + 2];
      return [a + 10 * b + 0.5, 2 * a + 20 * b, 3 * a + 30 * b - 0.5];
    });
    await expect(y).toBeAllClose(expected.flat());
  },
);

test("initialisers can be given, and get the key and the shape", async () => {
  const layer = new Linear(2, 2, {
    rngs: new Rngs(0),
    kernelInit: initializers.constant(3),
    biasInit: initializers.onesInit(),
  });
  await expect(layer.kernel.value).toBeAllClose([3, 3, 3, 3]);
  await expect(layer.bias!.value).toBeAllClose([1, 1]);
});
