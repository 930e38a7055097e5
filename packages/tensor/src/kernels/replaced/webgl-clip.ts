/** @file Clipping on webgl, whose own leaves the neighbours of a NaN as they are. */
import * as tf from "@tensorflow/tfjs-core";
import { launchPacked } from "../elementwise/packed.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces ClipByValue of the webgl backend. */
export const webGlClip: readonly ReplacedKernel[] = [
  [
    tf.ClipByValue,
    () => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { x } = call.inputs as { x: tf.TensorInfo };
      const { clipValueMin, clipValueMax } = call.attrs as unknown as tf.ClipByValueAttrs;
      const bound = x.dtype === "int32" ? Math.trunc : (value: number) => value;
      return launchPacked(call.backend, {
        library: "",
        element: "isnan(x) ? x : min(max(x, low), high)",
        operands: { x },
        uniforms: { low: bound(clipValueMin), high: bound(clipValueMax) },
        output: x,
      });
    },
  ],
];
