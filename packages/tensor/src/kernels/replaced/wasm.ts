/** @file Every kernel of the wasm backend that is replaced. */
import { wasmCumulative } from "./cumulative.ts";
import { wasmIndexing } from "./indexing.ts";
import { integerConv3D } from "./integer-conv3d.ts";
import { wasmMaxPool, poolingOfNothing } from "./max-pool.ts";
import { wasmReductions } from "./reductions.ts";
import { averagePoolGradients } from "./average-pool-gradient.ts";
import { selectRows } from "./select-rows.ts";
import { wasmImages } from "./images.ts";
import { linSpaceOn } from "./lin-space.ts";
import { wasm } from "../hosts/wasm.ts";
import { sameDraws } from "./multinomial.ts";
import { numericPad } from "./numeric-pad.ts";
import { castOneHot } from "./one-hot.ts";
import type { ReplacedKernel } from "./replacement.ts";
import { wasmSelection } from "./selection.ts";
import { wasmStridedSlice } from "./strided-slice.ts";
import { wasmBatchNorm } from "./wasm-batch-norm.ts";
import { wasmClamp } from "./wasm-clamp.ts";
import { wasmConvolution } from "./wasm-convolution.ts";
import { wasmDilation } from "./wasm-dilation.ts";
import { wasmElementwise } from "./wasm-elementwise.ts";
import { wasmEmpty } from "./wasm-empty.ts";
import { wasmIdentity } from "./wasm-identity.ts";
import { wasmMatMul } from "./wasm-mat-mul.ts";
import { wasmSlice } from "./wasm-slice.ts";

export const replacedOnWasm: readonly ReplacedKernel[] = [
  ...wasmReductions,
  ...wasmBatchNorm,
  ...wasmClamp,
  ...wasmConvolution,
  ...integerConv3D,
  ...wasmCumulative,
  ...wasmDilation,
  ...wasmElementwise,
  ...wasmEmpty,
  ...wasmIdentity,
  ...wasmMatMul,
  ...wasmIndexing,
  ...wasmMaxPool,
  ...wasmSelection,
  ...selectRows("wasm"),
  ...wasmSlice,
  ...wasmStridedSlice,
  ...poolingOfNothing("wasm"),
  ...averagePoolGradients,
  ...sameDraws("wasm"),
  ...wasmImages,
  ...linSpaceOn(wasm),
  ...numericPad,
  ...castOneHot,
];
