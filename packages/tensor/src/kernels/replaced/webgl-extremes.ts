/** @file Maxima and minima on webgl, whose own begin at -1e20 and 1e20; and its softmax, which begins with a maximum. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { extremeOnWebGl } from "../reduction/webgl.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

/** Small tensors that are not on the GPU yet are reduced on the CPU, rightly. */
function unlessOnCpu(ours: tf.KernelFunc): Replacement {
  return (original) => (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    return (call.backend as MathBackendWebGL).shouldExecuteOnCPU([x]) ? original(call) : ours(call);
  };
}

const softmax: tf.KernelFunc = (call) => {
  const { logits } = call.inputs as { logits: tf.TensorInfo };
  const { dim } = call.attrs as unknown as tf.SoftmaxAttrs;
  return compose(call.backend as MathBackendWebGL, "webgl", (run) => {
    const largest = run(tf.Max, { x: logits }, { reductionIndices: [dim], keepDims: true });
    const powers = run(tf.Exp, { x: run(tf.Sub, { a: logits, b: largest }) });
    return run(tf.RealDiv, { a: powers, b: run(tf.Sum, { x: powers }, { axis: [dim], keepDims: true }) });
  });
};

/** Replaces Max, Min and Softmax; before those for empty axes, which then take what has one. */
export const webGlExtremes: readonly ReplacedKernel[] = [
  [tf.Max, unlessOnCpu(extremeOnWebGl(">"))],
  [tf.Min, unlessOnCpu(extremeOnWebGl("<"))],
  [tf.Softmax, () => softmax],
];
