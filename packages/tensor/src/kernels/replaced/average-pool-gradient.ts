/** @file Gradients of average pooling, which TensorFlow.js spreads as if padding counted in the mean. */
import * as tf from "@tensorflow/tfjs-core";
import { full } from "../../abstract/full.ts";
import { type Pads, padOrCrop } from "../../convolution/axes.ts";
import { coveringPads, type PoolAttrs, poolAxesOf } from "../../convolution/window-axes.ts";
import { composed } from "../composed.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

const overInput =
  (forward: string): Replacement =>
  (original) => {
    const ours = (params: Parameters<tf.KernelFunc>[0]) =>
      composed<"dy" | "input", PoolAttrs>(({ dy, input }, attrs) => {
        const pads = padsOf(input, attrs);
        const share = tf.div(dy, countedShare(forward, input.shape, pads, attrs));
        if (isRoundedDown(attrs)) return run(original, params, { dy: share, input }, attrs);
        // The originals know nothing of sizes that are rounded up: of what is padded before, no window reaches beyond.
        const valid: PoolAttrs = { ...attrs, pad: "valid", dimRoundingMode: "floor" };
        const whole = run(original, params, { dy: share, input: padOrCrop(input, pads) }, valid);
        return padOrCrop(whole, pads.map(([low, high]): Pads => [-low, -high])); // prettier-ignore
      })(params);
    return (params) => {
      // The registry erases the types that `runKernel` was called with.
      const input = params.inputs["input"] as tf.TensorInfo;
      const pads = padsOf(input, params.attrs as unknown as PoolAttrs);
      return pads.some(([low, high]) => low > 0 || high > 0) ? ours(params) : original(params);
    };
  };

/** Replaces the gradients of a backend: where windows lie over padding, only what is no padding counts. */
export const averagePoolGradients: readonly ReplacedKernel[] = [
  [tf.AvgPoolGrad, overInput(tf.AvgPool)],
  [tf.AvgPool3DGrad, overInput(tf.AvgPool3D)],
];

function padsOf({ shape }: tf.TensorInfo, attrs: PoolAttrs): Pads[] {
  return coveringPads(poolAxesOf(shape, attrs));
}

function isRoundedDown({ dimRoundingMode }: PoolAttrs): boolean {
  return (dimRoundingMode ?? "floor") === "floor";
}

function run(
  original: tf.KernelFunc,
  params: Parameters<tf.KernelFunc>[0],
  inputs: tf.NamedTensorMap,
  attrs: PoolAttrs,
): tf.Tensor {
  // One output, not a list.
  const info = original({ ...params, inputs, attrs: { ...attrs } }) as tf.TensorInfo;
  return tf.engine().makeTensorFromTensorInfo(info);
}

/** Of each window, the share that is not padding: `[1, ...windows, 1]`. */
function countedShare(forward: string, shape: number[], pads: readonly Pads[], attrs: PoolAttrs): tf.Tensor {
  const x = padOrCrop(full([1, ...shape.slice(1, -1), 1], 1), pads);
  return tf.engine().runKernel(forward, { x }, { ...attrs, pad: "valid", dimRoundingMode: "floor" });
}
