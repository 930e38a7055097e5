/** @file Gradients of maximum pooling on GPUs, which go to the last of several largest elements, not to the first. */
import * as tf from "@tensorflow/tfjs-core";
import { padOrCrop } from "../../convolution/axes.ts";
import { coveringPads, type PoolAttrs, poolAxesOf } from "../../convolution/window-axes.ts";
import { composed } from "../composed.ts";
import { LOWEST } from "../pooling/largest.ts";
import { replaceKernel, type Replacement } from "./replace.ts";

/** Replaces the gradients of a GPU backend. */
export function replaceGpuMaxPool(backendName: "webgl" | "webgpu"): void {
  replaceKernel(tf.MaxPoolGrad, backendName, firstOfEquals);
  replaceKernel(tf.MaxPool3DGrad, backendName, firstOfEquals);
}

/** The first of the largest elements is the last of them when all is turned round. */
const firstOfEquals: Replacement = (original) => (params) =>
  composed<"dy" | "input", PoolAttrs>(({ dy, input }, attrs) => {
    const pads = coveringPads(poolAxesOf(input.shape, attrs));
    const turned = { dy: reversed(dy), input: reversed(padOrCrop(input, pads, LOWEST)) };
    // The backends do not read the output. One output, not a list.
    const dx = original({
      ...params,
      inputs: { ...turned, output: turned.dy },
      attrs: { ...params.attrs, pad: "valid", dimRoundingMode: "floor" },
    }) as tf.TensorInfo;
    const gradient = reversed(tf.engine().makeTensorFromTensorInfo(dx));
    return padOrCrop(gradient, pads.map(([low, high]) => [-low, -high] as const)); // prettier-ignore
  })(params);

/** All spatial axes in reverse order: as one axis, for webgpu reverses no more than four. */
function reversed(x: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.reverse(tf.reshape(x, [x.shape[0] ?? 1, -1, x.shape.at(-1) ?? 1]), 1), x.shape);
}
