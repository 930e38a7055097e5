import { BatchNorm, Dropout, Linear, type Module, Rngs, Sequential } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import golden from "@nnx-js/testing/golden/layers.json" with { type: "json" };
import { expect, test } from "vitest";
import { expectLikeFlax, type LayerCase } from "../golden.ts";

const R = (seed = 0) => ({ rngs: new Rngs(seed) });

const BUILD: Record<string, () => Module & { forward(x: tf.Tensor): tf.Tensor }> = {
  Linear: () => new Linear(4, 3, R()),
  "Linear.noBias": () => new Linear(4, 3, { ...R(), useBias: false }),
  "BatchNorm.train": () => new BatchNorm(4, R()),
  "BatchNorm.eval": () => new BatchNorm(4, { ...R(), useRunningAverage: true }),
  "BatchNorm.conv": () => new BatchNorm(4, { ...R(), momentum: 0.9, epsilon: 1e-3 }),
  "BatchNorm.noScaleBias": () => new BatchNorm(4, { ...R(), useBias: false, useScale: false }),
  "Dropout.train": () => new Dropout(0.4, R(3)),
  "Dropout.broadcast": () => new Dropout(0.4, { ...R(3), broadcastDims: [0] }),
  "Dropout.eval": () => new Dropout(0.4, { ...R(3), deterministic: true }),
  Sequential: () => {
    const { rngs } = R();
    const first = new Linear(2, 4, { rngs });
    const norm = new BatchNorm(4, { rngs });
    return new Sequential(first, norm, new Dropout(0.1, { rngs }), new Linear(4, 3, { rngs }));
  },
};

test.each(Object.keys(BUILD))("%s gives the outputs, state and gradients of Flax", async (name) => {
  const layerCase = (golden.cases as LayerCase[]).find((candidate) => candidate.name === name);
  expect(layerCase).toBeDefined();
  const build = BUILD[name]!;
  await expectLikeFlax(layerCase!, build, (model, x) => (model as ReturnType<typeof build>).forward(x));
});
