/** @file Fused matrix products on wasm. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { activated } from "../activated.ts";
import { compose } from "../compose.ts";
import { isOneMatrix } from "./batches.ts";
import { isLong } from "../sums/long.ts";
import { isPackedAs } from "./wasm-products.ts";

interface Inputs {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
  bias?: tf.TensorInfo | undefined;
  preluActivationWeights?: tf.TensorInfo | undefined;
}

/**
 * _FusedMatMul over TensorFlow.js's own, which is fast, and right, for one pair of matrices as they lie; any other
 * product is a BatchMatMul, with what is fused to it done after it.
 */
export function fusedMatMulOnWasm(original: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { a, b, bias, preluActivationWeights } = call.inputs as unknown as Inputs;
    const attrs = call.attrs as unknown as tf._FusedMatMulAttrs;
    const { transposeA, transposeB, activation, leakyreluAlpha } = attrs;
    const [k = 1, n = 1] = b.shape.slice(-2);
    const asTheyLie = !transposeA && !transposeB && isOneMatrix(a) && isOneMatrix(b);
    const isFused = asTheyLie && k > 0 && !isLong(k) && isPackedAs(b, k, n) && a.dtype === "float32";
    // A clamp that is fused to the product gives its bound for NaN.
    const isClamp = activation === "relu" || activation === "relu6";
    if (isFused && !isClamp) return original(call);
    return compose(call.backend as BackendWasm, "wasm", (run) => {
      if (isFused) {
        const linear = run(tf._FusedMatMul, call.inputs, { ...call.attrs, activation: "linear" }, original);
        return activated(run, linear, { activation });
      }
      const product = run(tf.BatchMatMul, { a, b }, { transposeA, transposeB });
      return activated(run, product, { activation, bias, preluActivationWeights, leakyreluAlpha });
    });
  };
}
