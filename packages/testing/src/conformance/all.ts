/** @file All kernels with the cases that they are tried on. */
import type { Case, Family } from "./case.ts";
import { binaryKernels } from "./oracles/binary.ts";
import { blockKernels } from "./oracles/blocks.ts";
import { castKernels } from "./oracles/cast.ts";
import { cumulativeKernels } from "./oracles/cumulative.ts";
import { indexingKernels } from "./oracles/indexing.ts";
import { logicalKernels } from "./oracles/logical.ts";
import { convolutionKernels } from "./oracles/convolution.ts";
import { creationKernels } from "./oracles/creation.ts";
import { imageKernels } from "./oracles/image.ts";
import { layoutKernels } from "./oracles/layout.ts";
import { normalizationKernels } from "./oracles/normalization.ts";
import { orderingKernels } from "./oracles/ordering.ts";
import { paddingKernels } from "./oracles/padding.ts";
import { poolingKernels } from "./oracles/pooling.ts";
import { matMulKernels } from "./oracles/matmul.ts";
import { reductionKernels } from "./oracles/reduction.ts";
import { slicingKernels } from "./oracles/slicing.ts";
import { unaryKernels } from "./oracles/unary.ts";

const FAMILY: Family = {
  ...binaryKernels,
  ...blockKernels,
  ...castKernels,
  ...cumulativeKernels,
  ...indexingKernels,
  ...logicalKernels,
  ...convolutionKernels,
  ...creationKernels,
  ...imageKernels,
  ...layoutKernels,
  ...normalizationKernels,
  ...orderingKernels,
  ...paddingKernels,
  ...poolingKernels,
  ...matMulKernels,
  ...reductionKernels,
  ...slicingKernels,
  ...unaryKernels,
};

/** The kernels that there are cases of. */
export const KERNELS: readonly string[] = Object.keys(FAMILY).sort();

/** The cases of a kernel. */
export function casesOf(kernelName: string): readonly Case[] {
  return FAMILY[kernelName]?.() ?? [];
}
