/** @file What `profile` tells of the steps of a program. */
import { jit } from "@nnx-js/jit";
import { Linear, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("each step has its label, its time and what it costs; a weight is packed once", async () => {
  const layer = new Linear(64, 128, { rngs: new Rngs(0) });
  const x = new Rngs(1).normal([32, 64]);
  const forward = jit((layer: Linear, x: tf.Tensor) => tf.sum(tf.relu(layer.forward(x)), 1));
  const first = await forward.profile(layer, x);
  expect(first.target).toBe("wasm");
  expect(first.launches.map(({ label }) => label)).toMatchInlineSnapshot(`
    [
      "packing of a weight 64x128",
      "matmul 32x64x128",
      "reduce[32 x 128] sum(add max)",
    ]
  `);
  const { launches, result, total } = await forward.profile(layer, x);
  expect(launches.map(({ label }) => label)).toEqual(first.launches.map(({ label }) => label).slice(1));
  for (const { milliseconds, flops, bytes } of launches) {
    expect(milliseconds).toBeGreaterThanOrEqual(0);
    expect(flops).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(0);
  }
  const sum = launches.reduce((all, { milliseconds }) => all + milliseconds!, 0);
  expect(sum).toBeLessThanOrEqual(total);
  expect(launches[0]!.flops).toBeGreaterThanOrEqual(2 * 32 * 64 * 128);
  const called = forward(layer, x);
  expect(Array.from(result.dataSync())).toEqual(Array.from(called.dataSync()));
  forward.dispose();
  layer.dispose();
});

test("chains of updates are one launch, and Variables have their next values", async () => {
  const layers = Array.from({ length: 3 }, (_, i) => new Linear(256, 256, { rngs: new Rngs(i) }));
  const before = layers.map(({ kernel }) => kernel.value.dataSync()[0]!);
  const shrink = jit((layers: Linear[]) => {
    for (const { kernel } of layers) kernel.value = tf.div(tf.exp(kernel.value), tf.norm(kernel.value));
  });
  const { launches } = await shrink.profile(layers);
  expect(launches.length).toBeGreaterThan(0);
  const after = layers.map(({ kernel }) => kernel.value.dataSync()[0]!);
  expect(after.every((value, i) => value !== before[i])).toBe(true);
  shrink.dispose();
  for (const layer of layers) layer.dispose();
});
