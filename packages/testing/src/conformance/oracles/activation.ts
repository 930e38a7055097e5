/** @file The activations that fused kernels end with. */
import type { Expected } from "../array.ts";
import { elu, sigmoid } from "./special-functions.ts";

export const ACTIVATIONS = ["linear", "relu", "relu6", "elu", "prelu", "leakyrelu", "sigmoid"] as const;

export type Activation = (typeof ACTIVATIONS)[number];

const FUNCTIONS: Record<Activation, (x: number) => number> = {
  linear: (x) => x,
  relu: (x) => (x < 0 ? 0 : x),
  relu6: (x) => (x < 0 ? 0 : x > 6 ? 6 : x),
  elu,
  prelu: (x) => (x < 0 ? Math.fround(0.3) * x : x),
  leakyrelu: (x) => (x < 0 ? 0.25 * x : x),
  sigmoid,
};

/** `x` after the activation: slopes of 0.3 for prelu, 0.25 for leakyrelu. */
export function activated(x: Expected, activation: Activation): Expected {
  return { ...x, values: x.values.map(FUNCTIONS[activation]) };
}
