/** @file Reference cases of the normalisation layers. */
import {
  All,
  BatchNorm,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  Linear,
  Not,
  Param,
  PathContains,
  RMSNorm,
  Rngs,
  SpectralNorm,
  WeightNorm,
} from "@nnx-js/nn";
import { layer, type LayerUnderTest } from "../../golden.ts";

const R = () => ({ rngs: new Rngs(0) });

export const NORMALIZATION: Record<string, LayerUnderTest> = {
  "BatchNorm.train": layer(() => new BatchNorm(4, R())),
  "BatchNorm.eval": layer(() => new BatchNorm(4, { ...R(), useRunningAverage: true })),
  "BatchNorm.conv": layer(() => new BatchNorm(4, { ...R(), momentum: 0.9, epsilon: 1e-3 })),
  "BatchNorm.noScaleBias": layer(() => new BatchNorm(4, { ...R(), useBias: false, useScale: false })),
  LayerNorm: layer(() => new LayerNorm(4, R())),
  "LayerNorm.noFast": layer(() => new LayerNorm(4, { ...R(), useFastVariance: false })),
  RMSNorm: layer(() => new RMSNorm(4, R())),
  GroupNorm: layer(() => new GroupNorm(6, { ...R(), numGroups: 3 })),
  InstanceNorm: layer(() => new InstanceNorm(4, R())),
  WeightNorm: {
    ...layer(() => new WeightNorm(new Linear(4, 3, R()), { rngs: new Rngs(1) })),
    // Flax's scales are no Params.
    wrt: All(Param, Not(PathContains("scales"))),
  },
  SpectralNorm: layer(
    () => new SpectralNorm(new Linear(4, 3, R()), { rngs: new Rngs(1) }),
    (model, x) => model.forward(x, { updateStats: true }),
  ),
};
