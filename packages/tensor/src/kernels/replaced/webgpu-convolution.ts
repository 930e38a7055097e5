/** @file Convolutions of three channels, and of no image at all, on webgpu. */
import * as tf from "@tensorflow/tfjs-core";
import { composed } from "../composed.ts";
import type { Replacement, ReplacedKernel } from "./replacement.ts";

/** Three channels, as pictures have, to a multiple of four: the backend's shader does not compile. A fourth of zeros helps. */
const withFourChannels: Replacement = (original) => (params) => {
  // The registry erases the types that `runKernel` was called with.
  const { x, filter } = params.inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
  const attrs = params.attrs as unknown as tf.Conv2DAttrs;
  if (attrs.dataFormat === "NCHW") return original(params);
  if (x.shape[0] === 0) return empty({ x, filter }, attrs);
  if (x.shape[3] !== 3 || filter.shape[3]! % 4 !== 0) return original(params);
  return composed<"x" | "filter", unknown>((inputs) => {
    const wider = {
      x: tf.pad(inputs.x, [[0, 0], [0, 0], [0, 0], [0, 1]]), // prettier-ignore
      filter: tf.pad(inputs.filter, [[0, 0], [0, 0], [0, 1], [0, 0]]), // prettier-ignore
    };
    // One output, not a list.
    const info = original({ ...params, inputs: { ...params.inputs, ...wider } }) as tf.TensorInfo;
    return tf.engine().makeTensorFromTensorInfo(info);
  })(params);
};

function empty(
  { x, filter }: { x: tf.TensorInfo; filter: tf.TensorInfo },
  { strides, pad, dilations, dimRoundingMode }: tf.Conv2DAttrs,
): tf.TensorInfo {
  const shapes = [x.shape, filter.shape] as [
    [number, number, number, number],
    [number, number, number, number],
  ];
  return tf.zeros(
    tf.backend_util.computeConv2DInfo(...shapes, strides, dilations, pad, dimRoundingMode).outShape,
  );
}

/** The sum over no image. */
const filterGradientOfNothing: Replacement = (original) => (params) => {
  const x = params.inputs["x"] as tf.TensorInfo;
  const { filterShape } = params.attrs as unknown as tf.Conv2DBackpropFilterAttrs;
  return x.shape[0] === 0 ? tf.zeros(filterShape) : original(params);
};

export const webGpuConvolution: readonly ReplacedKernel[] = [
  [tf.Conv2D, withFourChannels],
  [tf.FusedConv2D, withFourChannels],
  [tf.Conv2DBackpropFilter, filterGradientOfNothing],
];
