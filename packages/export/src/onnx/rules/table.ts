/** @file All rules. */
import { binaries } from "./binary.ts";
import { convolutions } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { layout } from "./layout.ts";
import { normalizations } from "./normalization.ts";
import { orderings } from "./ordering.ts";
import { poolings } from "./pooling.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";
import type { Rules } from "./rule.ts";
import { sampling } from "./sampling.ts";

/** How each kernel is written. */
export const RULES: Rules = {
  ...binaries,
  ...convolutions,
  ...elementwise,
  ...indexing,
  ...layout,
  ...normalizations,
  ...orderings,
  ...poolings,
  ...products,
  ...reductions,
  ...sampling,
};
