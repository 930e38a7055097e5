/** @file Kernels that a GPU computes by one expression, element by element. */
import type { KernelAttrs, KernelInputs, KernelName } from "../shapes.ts";

/** What a GPU has to know of an elementwise kernel of float32 tensors. */
export interface Expression<K extends KernelName> {
  /** The inputs, in any order; each has the shape of the output or is a scalar. */
  inputs: readonly (keyof KernelInputs<K, unknown> & string)[];
  /** The attributes, all of them numbers. */
  attrs: readonly (keyof KernelAttrs<K> & string)[];
  /** One element of the output in the words that GLSL and WGSL share, from the inputs and attributes by name. */
  element: string;
}
