/** @file Elementwise kernels of two operands that the GPU backends get wrong for zeros, infinities, or quotients. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { INTEGER_POWER_GLSL, pairCode } from "../arithmetic/gpu-pairs.ts";
import { GLSL, WGSL } from "../arithmetic/shaders.ts";
import { launchPacked } from "../elementwise/packed.ts";
import { broadcastStrides } from "../strided/walk.ts";
import { launchStrided } from "../webgpu/strided.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

/** Before those of integers, which then take them. */
export const webGpuPairs: readonly ReplacedKernel[] = [tf.Atan2, tf.Mod, tf.Pow, tf.Prelu].map(
  (name): ReplacedKernel => [
    name,
    () => (call) => {
      const { a, b } = operandsOf(call);
      const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
      const dtype = tf.upcastType(a.dtype, b.dtype);
      return launchStrided(call.backend as WebGPUBackend, {
        name: `pair_${name}_${a.dtype}_${b.dtype}`,
        library: pairCode(WGSL, name),
        // int32 and bool are stored as i32.
        element: dtype === "float32" ? "pair(f32(a), f32(b))" : "i32(pair(f32(a), f32(b)))",
        operands: {
          a: { info: a, strides: broadcastStrides(a.shape, shape) },
          b: { info: b, strides: broadcastStrides(b.shape, shape) },
        },
        output: { shape, dtype },
      });
    },
  ],
);

export const webGlPairs: readonly ReplacedKernel[] = [
  ...[tf.Atan2, tf.Mod, tf.Prelu].map((name): ReplacedKernel => [
    name,
    () => pairOnWebGl(pairCode(GLSL, name)),
  ]),
  // Its own divides what it has rounded to integers.
  [tf.FloorDiv, ofFloats(pairOnWebGl(pairCode(GLSL, tf.FloorDiv), "int32"))],
  [tf.LeakyRelu, () => leakyRelu],
  [
    tf.Pow,
    () => {
      const [ofNumbers, ofIntegers] = [pairOnWebGl(pairCode(GLSL, tf.Pow)), pairOnWebGl(INTEGER_POWER_GLSL)];
      return (call) => (call.inputs["a"]!.dtype === "float32" ? ofNumbers : ofIntegers)(call);
    },
  ],
];

type Call = Parameters<tf.KernelFunc>[0];

/** Prelu names its operands otherwise. */
function operandsOf({ inputs }: Call): { a: tf.TensorInfo; b: tf.TensorInfo } {
  // The registry erases the types that `runKernel` was called with.
  const { a, b, x, alpha } = inputs as Record<string, tf.TensorInfo>;
  return { a: (a ?? x)!, b: (b ?? alpha)! };
}

/** The result has the wider dtype of the operands unless one is given. */
function pairOnWebGl(library: string, dtype?: tf.DataType): tf.KernelFunc {
  return (call) => {
    const { a, b } = operandsOf(call);
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    return launchPacked(call.backend, {
      library,
      element: "pair(a, b)",
      operands: { a, b },
      output: { shape, dtype: dtype ?? tf.upcastType(a.dtype, b.dtype) },
    });
  };
}

function ofFloats(ours: tf.KernelFunc): Replacement {
  return (original) => (call) => (operandsOf(call).a.dtype === "float32" ? ours : original)(call);
}

const leakyRelu: tf.KernelFunc = (call) => {
  const { x } = call.inputs as { x: tf.TensorInfo };
  const { alpha } = call.attrs as unknown as tf.LeakyReluAttrs;
  return launchPacked(call.backend, {
    library: "",
    element: "x < 0.0 ? alpha * x : x",
    operands: { x },
    uniforms: { alpha },
    output: { shape: x.shape, dtype: "float32" },
  });
};
