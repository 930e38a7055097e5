/** @file Fused kernels with long sums, by the kernels that they are fused of. */
import * as tf from "@tensorflow/tfjs-core";
import { activated, type Fusion } from "../activated.ts";
import { compose } from "../compose.ts";
import { matrixOf } from "../mat-mul/batches.ts";
import type { KernelCall, ReplacedKernel } from "../replaced/replacement.ts";
import { isLong } from "../sums/long.ts";
import { isLongConvolution, termsOf } from "./long.ts";
import { termsOfDepthwise } from "./long-depthwise.ts";

/** Replaces the fused kernels of a backend whose others keep the digits of long sums. */
export const fusedIfLong = (backendName: string): readonly ReplacedKernel[] => {
  const apartIf = (
    fused: string,
    kernelName: string,
    operands: readonly string[],
    isLong: (call: KernelCall) => boolean,
  ): ReplacedKernel => [
    fused,
    (original) => (call) => {
      if (!isLong(call)) return original(call);
      return compose(call.backend as tf.KernelBackend, backendName, (run) => {
        const inputs = Object.fromEntries(operands.map((name) => [name, call.inputs[name]]));
        // The registry erases the types that `runKernel` was called with.
        const fusion = { ...call.attrs, ...call.inputs } as unknown as Fusion;
        return activated(run, run(kernelName, inputs, call.attrs), fusion);
      });
    },
  ];
  const convolution = ["x", "filter"];
  return [
    apartIf(tf.FusedConv2D, tf.Conv2D, convolution, (call) => isLongConvolution(call, termsOf)),
    apartIf(tf.FusedDepthwiseConv2D, tf.DepthwiseConv2dNative, convolution, (call) =>
      isLongConvolution(call, termsOfDepthwise),
    ),
    apartIf(tf._FusedMatMul, tf.BatchMatMul, ["a", "b"], ({ inputs, attrs }) => {
      const { transposeA } = attrs as unknown as tf._FusedMatMulAttrs;
      return isLong(matrixOf(inputs["a"] as tf.TensorInfo, transposeA)[1]);
    }),
  ];
};
