/** @file Every kernel of the cpu backend that is replaced. */
import * as tf from "@tensorflow/tfjs-core";
import { convolutionIfLong } from "../convolution/long.ts";
import { depthwiseIfLong } from "../convolution/long-depthwise.ts";
import { fusedIfLong } from "../convolution/long-fused.ts";
import { cpu } from "../hosts/cpu.ts";
import { inBlocksIfLong } from "../mat-mul/long-products.ts";
import { integerMatMulOn } from "../mat-mul/integer-on-host.ts";
import { broadcastMatMul } from "./broadcast-mat-mul.ts";
import { cpuCumulative } from "./cumulative.ts";
import { cpuIndexing } from "./indexing.ts";
import { cpuElementwise } from "./cpu-elementwise.ts";
import { cpuStridedSlice } from "./strided-slice.ts";
import { cpuUnsortedSegmentSum } from "./cpu-unsorted-segment-sum.ts";
import { dilatedDepthwise } from "./dilated-depthwise.ts";
import { einsumOf } from "./einsum.ts";
import { cpuMaxPool, poolingOfNothing } from "./max-pool.ts";
import { cpuReductions } from "./reductions.ts";
import { reductionsOfNothing } from "./empty-reductions.ts";
import { averagePoolGradients } from "./average-pool-gradient.ts";
import { selectRows } from "./select-rows.ts";
import { cpuImages } from "./images.ts";
import { linSpaceOn } from "./lin-space.ts";
import { sameDraws } from "./multinomial.ts";
import { numericPad } from "./numeric-pad.ts";
import { castOneHot } from "./one-hot.ts";
import type { ReplacedKernel } from "./replacement.ts";
import { typedNothing } from "./typed-nothing.ts";

export const replacedOnCpu: readonly ReplacedKernel[] = [
  ...cpuCumulative,
  ...cpuIndexing,
  ...cpuElementwise,
  ...typedNothing(cpu),
  ...cpuMaxPool,
  ...cpuReductions,
  ...reductionsOfNothing("cpu"),
  ...cpuStridedSlice,
  ...selectRows("cpu"),
  ...cpuUnsortedSegmentSum,
  ...broadcastMatMul("cpu"),
  [tf.BatchMatMul, inBlocksIfLong("cpu")],
  [tf.BatchMatMul, integerMatMulOn(cpu)],
  [tf.Conv2D, convolutionIfLong(cpu)],
  [tf.Conv3D, convolutionIfLong(cpu)],
  [tf.DepthwiseConv2dNative, depthwiseIfLong(cpu)],
  ...fusedIfLong("cpu"),
  ...einsumOf("cpu"),
  ...poolingOfNothing("cpu"),
  ...dilatedDepthwise,
  ...averagePoolGradients,
  ...sameDraws("cpu"),
  ...cpuImages,
  ...linSpaceOn(cpu),
  ...numericPad,
  ...castOneHot,
];
