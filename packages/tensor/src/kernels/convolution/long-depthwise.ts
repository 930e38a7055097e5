/** @file Convolutions channel by channel of windows with so many terms that float32 loses digits. */
import * as tf from "@tensorflow/tfjs-core";
import { axesOf, type ConvolutionAttrs } from "../../convolution/window-axes.ts";
import type { Host } from "../hosts/host.ts";
import type { KernelCall, Replacement } from "../replaced/replacement.ts";
import { isLongConvolution } from "./long.ts";
import { inSpace, placeOf } from "./patches.ts";

/** The terms of a window of a filter `[height, width, in, multiplier]`. */
export function termsOfDepthwise([height = 1, width = 1]: number[]): number {
  return height * width;
}

/** DepthwiseConv2dNative: long ones in JavaScript, added up in double precision. */
export const depthwiseIfLong =
  (host: Host): Replacement =>
  (original) =>
  (call) => {
    const attrs = call.attrs as unknown as ConvolutionAttrs;
    return attrs.dataFormat !== "NCHW" && isLongConvolution(call, termsOfDepthwise)
      ? convolveDepthwise(host, call, attrs)
      : original(call);
  };

function convolveDepthwise(
  host: Host,
  { inputs, backend }: KernelCall,
  attrs: ConvolutionAttrs,
): tf.TensorInfo {
  // The registry erases the types that `runKernel` was called with.
  const { x, filter } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
  const axes = axesOf(x.shape, filter.shape, attrs);
  const [, height, width] = inSpace(axes);
  const [batch = 1, channels = 1, multiplier = 1] = [x.shape[0], ...filter.shape.slice(-2)];
  const outputs = channels * multiplier;
  // Made before the inputs are read: it may grow wasm's heap, which cuts off views of it.
  const [info, output] = host.make(backend, {
    shape: [batch, height.output, width.output, outputs],
    dtype: "float32",
  });
  const values = host.read(backend, x, tf.DepthwiseConv2dNative);
  const weights = host.read(backend, filter, tf.DepthwiseConv2dNative);
  const sums = new Float64Array(outputs);
  for (let window = 0; window * outputs < output.length; window++) {
    const column = window % width.output;
    const above = Math.floor(window / width.output);
    const [image, row] = [Math.floor(above / height.output), above % height.output];
    sums.fill(0);
    for (let h = 0; h < height.size; h++) {
      const y = placeOf(height, row, h);
      if (y < 0) continue;
      for (let w = 0; w < width.size; w++) {
        const at = placeOf(width, column, w);
        if (at < 0) continue;
        const from = ((image * height.input + y) * width.input + at) * channels;
        let weight = (h * width.size + w) * outputs;
        for (let c = 0, sum = 0; c < channels; c++) {
          const value = values[from + c]!;
          for (let m = 0; m < multiplier; m++) sums[sum++]! += value * weights[weight++]!;
        }
      }
    }
    output.set(sums, window * outputs);
  }
  return info;
}
