/** @file One-hot rows of int32 and bool of values that those do not hold: backends round, cut off, or keep what is none. */
import * as tf from "@tensorflow/tfjs-core";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces OneHot of a backend: its values become int32 and bool as `tf.cast` makes them. */
export const castOneHot: readonly ReplacedKernel[] = [
  [
    tf.OneHot,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { dtype, onValue, offValue, ...rest } = call.attrs as unknown as tf.OneHotAttrs;
      if (dtype !== "int32" && dtype !== "bool") return original(call);
      const as = (value: number) => (dtype === "int32" ? Math.trunc(value) : Number(value !== 0));
      return original({ ...call, attrs: { ...rest, dtype, onValue: as(onValue), offValue: as(offValue) } });
    },
  ],
];
