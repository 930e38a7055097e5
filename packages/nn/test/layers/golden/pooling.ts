/** @file Reference cases of pooling. */
import type { LayerUnderTest } from "../../golden.ts";

export const POOLING: Record<string, LayerUnderTest> = {};
