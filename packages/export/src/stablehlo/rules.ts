/** @file How each kernel is written. */
import type { KernelRules } from "./rule.ts";
import { activations } from "./kernels/activations.ts";
import { blocks } from "./kernels/blocks.ts";
import { convolutions } from "./kernels/convolution.ts";
import { creation } from "./kernels/creation.ts";
import { einsums } from "./kernels/einsum.ts";
import { elementwise } from "./kernels/elementwise.ts";
import { images } from "./kernels/images.ts";
import { indexing } from "./kernels/indexing.ts";
import { layout } from "./kernels/layout.ts";
import { matmul } from "./kernels/matmul.ts";
import { multinomials } from "./kernels/multinomial.ts";
import { normalization } from "./kernels/normalization.ts";
import { optimizer } from "./kernels/optimizer.ts";
import { ordering } from "./kernels/ordering.ts";
import { poolings } from "./kernels/pooling.ts";
import { randomness } from "./kernels/random.ts";
import { reductions } from "./kernels/reductions.ts";
import { taps } from "./kernels/taps.ts";

export const RULES: KernelRules = {
  ...activations,
  ...blocks,
  ...convolutions,
  ...creation,
  ...einsums,
  ...elementwise,
  ...images,
  ...indexing,
  ...layout,
  ...matmul,
  ...multinomials,
  ...normalization,
  ...optimizer,
  ...ordering,
  ...poolings,
  ...randomness,
  ...reductions,
  ...taps,
};
