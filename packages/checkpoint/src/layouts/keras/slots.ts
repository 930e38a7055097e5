/** @file How one weight of Keras and the Variables of a layer hold the same numbers. */
import type { Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Link } from "../layout.ts";

/** A shape. */
export type Shape = readonly number[];

/** A weight of a layer of Keras, and the Variables that hold its numbers here. */
export interface Slot {
  /** What Keras calls it; the first is written, all are read. */
  readonly roles: readonly [string, ...string[]];
  /** The Variables. */
  readonly leaves: readonly Variable[];
  /** The shape that it needs to have in a file, where a tensor of the shape `found` stands; without, that is written. */
  shape(found: Shape | undefined, role: string): Shape;
  /** Whether Keras's layer may lack it: zeros then. */
  readonly isZeroWithout?: boolean;
  /** See {@link Link}. */
  toModel(part: tf.Tensor): tf.Tensor[];
  /** See {@link Link}. */
  toFile(values: readonly tf.Tensor[], shape: Shape): tf.Tensor;
  /** See {@link Link}. */
  readonly refuses?: Link["refuses"];
}

/** A weight that is the same in Keras. */
export function same(role: string, leaf: Variable): Slot {
  return {
    roles: [role],
    leaves: [leaf],
    shape: () => leaf.shape,
    toModel: (part) => [part],
    toFile: ([value]) => value!,
  };
}

/** A weight of the same numbers in the same order; `shape` says which shapes it may have in a file. */
export function reshaped(roles: Slot["roles"], leaf: Variable, shape: Slot["shape"]): Slot {
  return {
    roles,
    leaves: [leaf],
    shape,
    toModel: (part) => [tf.reshape(part, [...leaf.shape])],
    toFile: ([value], to) => tf.reshape(value!, [...to]),
  };
}

/** The number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The same numbers on the last axis, cut into `count` equal parts and put into another order. */
export function reordered(x: tf.Tensor, count: number, order: readonly number[]): tf.Tensor {
  const parts = tf.split(x, count, -1);
  return tf.concat(
    order.map((i) => parts[i]!),
    -1,
  );
}
