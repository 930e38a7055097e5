/** @file Reference cases of attention. */
import type { LayerUnderTest } from "../../golden.ts";

export const ATTENTION: Record<string, LayerUnderTest> = {};
