/** @file Reference cases of embeddings. */
import type { LayerUnderTest } from "../../golden.ts";

export const EMBEDDING: Record<string, LayerUnderTest> = {};
