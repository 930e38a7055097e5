/** @file Reference cases of low-rank adapters and learned activations. */
import type { LayerUnderTest } from "../../golden.ts";

export const ADAPTERS: Record<string, LayerUnderTest> = {};
