/** @file Reference cases of the normalisation layers. */
import { BatchNorm, LayerNorm, RMSNorm, Rngs } from "@nnx-js/nn";
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
};
