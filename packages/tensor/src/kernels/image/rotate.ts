/** @file Rotating images: in JavaScript, and in GLSL. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import { backend_util } from "@tensorflow/tfjs-core";
import type * as tf from "@tensorflow/tfjs-core";
import type { Host } from "../hosts/host.ts";
import { rotationFill, rotationSources } from "./geometry.ts";

/** RotateWithOffset on a backend whose elements JavaScript reads. */
export function rotateOn(host: Host): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    // The registry erases the types that `runKernel` was called with.
    const { image } = inputs as { image: tf.TensorInfo };
    const rotation = attrs as unknown as tf.RotateWithOffsetAttrs;
    const [batch, height, width, channels] = image.shape as [number, number, number, number];
    const sources = rotationSources(height, width, rotation);
    const fill = rotationFill(rotation.fillValue, channels);
    const [result, to] = host.make(backend, { shape: image.shape, dtype: image.dtype });
    const from = host.read(backend, image, "RotateWithOffset");
    const size = height * width * channels;
    for (let place = 0; place < batch * size; place += channels) {
      const pixel = sources[(place % size) / channels]!;
      const source = place - (place % size) + pixel * channels;
      for (let c = 0; c < channels; c++) to[place + c] = pixel >= 0 ? from[source + c]! : fill[c]!;
    }
    return result;
  };
}

/** RotateWithOffset in GLSL. */
export const rotateOnWebGl: tf.KernelFunc = (call) => {
  const { image } = call.inputs as { image: tf.TensorInfo };
  const { radians, fillValue, center } = call.attrs as unknown as tf.RotateWithOffsetAttrs;
  const [, height, width] = image.shape as [number, number, number, number];
  const [centerX, centerY] = backend_util.getImageCenter(center, height, width);
  const program = {
    variableNames: ["image"],
    outputShape: [...image.shape],
    customUniforms: [
      { name: "turn", type: "vec4" as const },
      { name: "fill", type: "vec4" as const },
    ],
    userCode: `
      void main() {
        ivec4 at = getOutputCoords();
        vec2 center = turn.xy;
        vec2 from = vec2(float(at.z), float(at.y)) - center;
        int x = int(round(from.x * turn.w - from.y * turn.z + center.x));
        int y = int(round(from.x * turn.z + from.y * turn.w + center.y));
        float value = at.w == 0 ? fill.x : at.w == 1 ? fill.y : at.w == 2 ? fill.z : fill.w;
        if (x >= 0 && x < ${width} && y >= 0 && y < ${height}) value = getImage(at.x, y, x, at.w);
        setOutput(value);
      }
    `,
  };
  const turn = [centerX, centerY, Math.sin(radians), Math.cos(radians)];
  const backend = call.backend as MathBackendWebGL;
  return backend.runWebGLProgram(program, [image], image.dtype, [turn, rotationFill(fillValue, 4)]);
};
