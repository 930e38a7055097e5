/** @file Reference cases of recurrent cells and layers. */
import type { LayerUnderTest } from "../../golden.ts";

export const RECURRENT: Record<string, LayerUnderTest> = {};
