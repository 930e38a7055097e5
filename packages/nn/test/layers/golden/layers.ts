/** @file All layers that are compared with reference cases. */
import type { LayerUnderTest } from "../../golden.ts";
import { ADAPTERS } from "./adapters.ts";
import { ATTENTION } from "./attention.ts";
import { CONVOLUTION } from "./convolution.ts";
import { EMBEDDING } from "./embedding.ts";
import { LINEAR } from "./linear.ts";
import { NORMALIZATION } from "./normalization.ts";
import { POOLING } from "./pooling.ts";
import { RECURRENT } from "./recurrent.ts";
import { REGULARIZATION } from "./regularization.ts";

/** By the name of their case. */
export const LAYERS: Record<string, LayerUnderTest> = {
  ...ADAPTERS,
  ...ATTENTION,
  ...CONVOLUTION,
  ...EMBEDDING,
  ...LINEAR,
  ...NORMALIZATION,
  ...POOLING,
  ...RECURRENT,
  ...REGULARIZATION,
};
