/** @file A tensor's place in the memory of a target. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Dtype } from "@nnx-js/nn/trace";
import type { Space } from "../memory/space.ts";

/** A piece of a memory for the elements of one tensor, by its owner to be freed. */
export interface Region {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** The number of elements. */
  readonly length: number;
  /** Where it begins in the memory, in bytes. */
  readonly address: number;
  /** Takes the elements of a tensor of this shape and dtype, on whatever backend. */
  fill(tensor: tf.Tensor): void;
  /**
   * A new tensor without elements, for {@link toTensor} to give it some: on `backend`, if that can have them without
   * waiting. Undefined where it is best made with them.
   *
   * @throws whatever the backend throws that has no room for it
   */
  reserve(backend: tf.KernelBackend): tf.Tensor | undefined;
  /** A new tensor with the elements, or `reserved`. */
  toTensor(backend: tf.KernelBackend, reserved?: tf.Tensor): tf.Tensor;
  free(): void;
}

/** A memory, or a part of it, as a place for tensors. */
export interface Memory<R extends Region = Region> {
  /** By which it is known whether a value is there. */
  readonly space: Space;
  /** @throws HeapFullError when there is no room */
  region(shape: readonly number[], dtype: Dtype): R;
}
