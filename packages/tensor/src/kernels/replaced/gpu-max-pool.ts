/**
 * @file Maximum pooling on GPUs, whose own begins at -1e20, and names the last of several largest elements; and its
 * gradients, which go to the last, not to the first.
 */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { padOrCrop } from "../../convolution/axes.ts";
import { coveringPads, type PoolAttrs, poolAxesOf } from "../../convolution/window-axes.ts";
import { composed } from "../composed.ts";
import { geometryOf } from "../pooling/geometry.ts";
import { LOWEST } from "../pooling/largest.ts";
import { largestOnWebGl } from "../pooling/webgl.ts";
import { largestOnWebGpu } from "../pooling/webgpu.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

/** Replaces the kernels of a GPU backend. */
export const gpuMaxPool = (backendName: "webgl" | "webgpu"): readonly ReplacedKernel[] => [
  [tf.MaxPool, () => maxPool[backendName]],
  [tf.MaxPool3D, () => maxPool[backendName]],
  [tf.MaxPoolWithArgmax, () => maxPoolWithArgmax[backendName]],
  [tf.MaxPoolGrad, firstOfEquals],
  [tf.MaxPool3DGrad, (original) => firstOfEquals(backendName === "webgpu" ? axisByAxis(original) : original)],
];

type Call = Parameters<tf.KernelFunc>[0];

// The registry erases the types that `runKernel` was called with.
const inputOf = ({ inputs }: Call) => inputs["x"] as tf.TensorInfo;
const geometryIn = (call: Call) => geometryOf(inputOf(call), call.attrs as unknown as PoolAttrs);

const maxPool = {
  webgl: (call: Call) => largestOnWebGl(call.backend as MathBackendWebGL, inputOf(call), geometryIn(call)),
  webgpu: (call: Call) => largestOnWebGpu(call.backend as WebGPUBackend, inputOf(call), geometryIn(call)),
};

const placesIn = ({ attrs }: Call) =>
  (attrs as unknown as tf.MaxPoolWithArgmaxAttrs).includeBatchInIndex ? "places" : "places in picture";

const maxPoolWithArgmax = {
  webgl: (call: Call) => [
    maxPool.webgl(call),
    largestOnWebGl(call.backend as MathBackendWebGL, inputOf(call), geometryIn(call), placesIn(call)),
  ],
  webgpu: (call: Call) => [
    maxPool.webgpu(call),
    largestOnWebGpu(call.backend as WebGPUBackend, inputOf(call), geometryIn(call), placesIn(call)),
  ],
};

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

/**
 * webgpu numbers the elements of a window by the square of its height, which is right where height and width are the
 * same. Of a window along one axis only it numbers them right; and the largest of all is the largest along the first
 * axis of the largest along the others. Padding is "valid".
 */
function axisByAxis(original: tf.KernelFunc): tf.KernelFunc {
  return (params) =>
    composed<"dy" | "input", PoolAttrs>(({ dy, input }, attrs) => {
      const axes = poolAxesOf(input.shape, attrs);
      const only = (axis: number, value: number) => axes.map((_, i) => (i === axis ? value : 1));
      // From the last axis to the first, as the elements are numbered.
      const levels: { x: tf.Tensor; attrs: tf.NamedAttrMap }[] = [];
      axes.reduceRight((x, { size, stride }, axis) => {
        const attrs = { ...params.attrs, filterSize: only(axis, size), strides: only(axis, stride) };
        levels.push({ x, attrs });
        return tf.engine().runKernel<tf.Tensor>(tf.MaxPool3D, { x }, attrs);
      }, input);
      return levels.reduceRight((gradient, { x, attrs }) => {
        const inputs = { dy: gradient, input: x, output: gradient };
        // One output, not a list.
        const info = original({ ...params, inputs, attrs }) as tf.TensorInfo;
        return tf.engine().makeTensorFromTensorInfo(info);
      }, dy);
    })(params);
}

/** All spatial axes in reverse order: as one axis, for webgpu reverses no more than four. */
function reversed(x: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.reverse(tf.reshape(x, [x.shape[0] ?? 1, -1, x.shape.at(-1) ?? 1]), 1), x.shape);
}
