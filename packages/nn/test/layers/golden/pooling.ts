/** @file Reference cases of pooling. */
import { avgPool, maxPool } from "@nnx-js/nn";
import { type LayerUnderTest, stateless } from "../../golden.ts";

export const POOLING: Record<string, LayerUnderTest> = {
  avg_pool: stateless((x) => avgPool(x, [2, 2], { strides: [2, 2] })),
  max_pool: stateless((x) => maxPool(x, [3, 3], { strides: [2, 2], padding: "SAME" })),
};
