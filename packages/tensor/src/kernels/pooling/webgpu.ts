/** @file Finds the largest element of each window in WGSL. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { launch, type Uniform } from "../webgpu/launch.ts";
import { flat } from "../webgpu/strided.ts";
import { type PoolGeometry, pooledShape, threeAxes } from "./geometry.ts";

/** Whether an element is to come before the largest so far, which it is not where both are equal. */
const IS_LARGER = {
  float32: "(value > best || isnan(value)) && !isnan(best)",
  int32: "value > best",
};

const int = (data: number): Uniform => ({ type: "i32", data });

const NAMES = ["depth", "height", "width"] as const;
const FROM_LAST = ["width", "height", "depth"] as const;

/** The largest elements, or where they are: the first of equals, in its picture or in all of them. */
export function largestOnWebGpu(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  geometry: PoolGeometry,
  want: "values" | "places" | "places in picture" = "values",
): tf.TensorInfo {
  const isFloat = x.dtype === "float32";
  const answers = {
    values: "select(best, LOWEST, place < 0)".replace("LOWEST", isFloat ? "-uniforms.INFINITY" : "(-2147483647 - 1)"), // prettier-ignore
    places: "place",
    "places in picture": "place % uniforms.picture",
  };
  const axes = threeAxes(geometry);
  const picture = tf.util.sizeFromShape(x.shape.slice(1));
  const uniforms: Record<string, Uniform> = { channels: int(geometry.channels), picture: int(picture) };
  for (const [i, { input, output, size, stride, low }] of axes.entries()) {
    for (const [key, value] of Object.entries({ input, output, size, stride, low })) {
      uniforms[`${key}_${NAMES[i]!}`] = int(value);
    }
  }
  return launch(backend, {
    name: `largest_${want}_${x.dtype}`,
    body: `
      let channel = index % uniforms.channels;
      var rest = index / uniforms.channels;
      ${FROM_LAST.map(
        (name) => `
            let first_${name} = (rest % uniforms.output_${name}) * uniforms.stride_${name} - uniforms.low_${name};
            rest = rest / uniforms.output_${name};
          `,
      ).join("\n")}
      var best = ${isFloat ? "0.0" : "0"};
      var place = -1;
      ${NAMES.map(
        (name) => `
          for (var i_${name} = 0; i_${name} < uniforms.size_${name}; i_${name}++) {
            let ${name} = first_${name} + i_${name};
            if (${name} < 0 || ${name} >= uniforms.input_${name}) { continue; }
        `,
      ).join("\n")}
            let pixel = ((rest * uniforms.input_depth + depth) * uniforms.input_height + height) * uniforms.input_width + width;
            let here = pixel * uniforms.channels + channel;
            let value = values[here];
            if (place < 0 || (${isFloat ? IS_LARGER.float32 : IS_LARGER.int32})) {
              best = value;
              place = here;
            }
      ${NAMES.map(() => "}").join("\n")}
      result[index] = ${answers[want]};
    `,
    inputs: { values: flat(x) },
    uniforms,
    output: { shape: pooledShape(geometry), dtype: want === "values" ? x.dtype : "int32" },
  });
}
