/** @file Reference cases of the convolutions. */
import type { LayerUnderTest } from "../../golden.ts";

export const CONVOLUTION: Record<string, LayerUnderTest> = {};
