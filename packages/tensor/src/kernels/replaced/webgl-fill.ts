/** @file Filling with the largest integers on webgl, whose float32 textures round them to one that int32 does not have. */
import * as tf from "@tensorflow/tfjs-core";
import type { ReplacedKernel } from "./replacement.ts";

/** The largest number below 2^31 in float32. */
const LARGEST = 2 ** 31 - 2 ** 7;

/** Replaces Fill of the webgl backend. */
export const webGlFill: readonly ReplacedKernel[] = [
  [
    tf.Fill,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { value, dtype } = call.attrs as unknown as tf.FillAttrs;
      if (dtype !== "int32" || (value as number) <= LARGEST) return original(call);
      return original({ ...call, attrs: { ...call.attrs, value: LARGEST } });
    },
  ],
];
