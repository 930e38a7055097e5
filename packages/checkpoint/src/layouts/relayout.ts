/** @file Rearrangements of one tensor that can be undone: transposes, flips and other shapes. */
import { transposeInPlace } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** How the elements of a leaf are ordered in a file, both ways. */
export interface Relayout {
  /** The shape in the file of a leaf of shape `shape`. */
  fileShape(shape: readonly number[]): readonly number[];
  toFile(leaf: tf.Tensor): tf.Tensor;
  /**
   * @param stored is not needed afterwards: its elements may change places in its own memory
   * @param shape that of the leaf
   */
  toModel(stored: tf.Tensor, shape: readonly number[]): tf.Tensor;
}

/** The leaf as it is. */
export const same: Relayout = {
  fileShape: (shape) => shape,
  toFile: (leaf) => leaf,
  toModel: (stored) => stored,
};

/** The axes in another order: axis `i` in the file is axis `order[i]` of the leaf. */
export function permuted(...order: number[]): Relayout {
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return {
    fileShape: (shape) => order.map((axis) => shape[axis]!),
    toFile: (leaf) => tf.transpose(leaf, order),
    toModel: (stored) => transposeInPlace(stored, inverse),
  };
}

/** The elements in the same order, in the shape `fileShape`. */
export function reshaped(fileShape: readonly number[]): Relayout {
  return {
    fileShape: () => fileShape,
    toFile: (leaf) => tf.reshape(leaf, [...fileShape]),
    toModel: (stored, shape) => tf.reshape(stored, [...shape]),
  };
}

/** The first `axes` axes turned round. */
export function turned(axes: number): Relayout {
  const turn = (x: tf.Tensor): tf.Tensor => {
    const positions = tf.util.sizeFromShape(x.shape.slice(0, axes));
    // All of these axes at once: not every backend reverses more than four axes.
    return tf.reshape(tf.reverse(tf.reshape(x, [positions, -1]), 0), x.shape);
  };
  return { fileShape: (shape) => shape, toFile: turn, toModel: turn };
}

/** One after the other, from the leaf to the file. */
export function chained(first: Relayout, second: Relayout): Relayout {
  return {
    fileShape: (shape) => second.fileShape(first.fileShape(shape)),
    toFile: (leaf) => second.toFile(first.toFile(leaf)),
    toModel: (stored, shape) => first.toModel(second.toModel(stored, first.fileShape(shape)), shape),
  };
}
