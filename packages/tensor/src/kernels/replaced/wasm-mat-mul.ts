/** @file Matrix products of ours in the place of the wasm backend's, which are slow for most operands, and wrong for some. */
import * as tf from "@tensorflow/tfjs-core";
import { fusedMatMulOnWasm } from "../mat-mul/fused-wasm.ts";
import { wasm } from "../hosts/wasm.ts";
import { integerMatMulOn } from "../mat-mul/integer-on-host.ts";
import { inBlocksIfLong } from "../mat-mul/long-products.ts";
import { matMulOnWasm } from "../mat-mul/wasm.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces wasm's BatchMatMul and _FusedMatMul. */
export const wasmMatMul: readonly ReplacedKernel[] = [
  [tf.BatchMatMul, matMulOnWasm],
  [tf.BatchMatMul, inBlocksIfLong("wasm")],
  [tf.BatchMatMul, integerMatMulOn(wasm)],
  [tf._FusedMatMul, fusedMatMulOnWasm],
];
