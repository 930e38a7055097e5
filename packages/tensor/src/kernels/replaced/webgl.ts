/** @file Every kernel of the webgl backend that is replaced. */
import { broadcastMatMul } from "./broadcast-mat-mul.ts";
import { einsumOf } from "./einsum.ts";
import { gpuMaxPool } from "./gpu-max-pool.ts";
import { gpuPad } from "./gpu-pad.ts";
import type { ReplacedKernel } from "./replacement.ts";
import { webGlDivision } from "./webgl-division.ts";

export const replacedOnWebGl: readonly ReplacedKernel[] = [
  ...broadcastMatMul("webgl"),
  ...einsumOf("webgl"),
  ...webGlDivision,
  ...gpuMaxPool("webgl"),
  ...gpuPad,
];
