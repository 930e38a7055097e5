/** @file What StridedSlice takes, without new axes and before axes are dropped. */
import * as tf from "@tensorflow/tfjs-core";
import { rowMajor, type Strides } from "./walk.ts";

/** A strided slice of a tensor, axis by axis of that tensor. */
export interface DenseSlice extends Strides {
  /** The first element along each axis. */
  begin: readonly number[];
  /** From one element to the next along each axis; negative ones run backwards. */
  strides: readonly number[];
  /** How many elements are taken along each axis. */
  sizes: readonly number[];
  /** The shape of the result, with new axes and without dropped ones. */
  shape: readonly number[];
}

/** What StridedSlice takes of a tensor of `shape`, by its attributes. */
export function denseSlice(shape: readonly number[], attrs: tf.StridedSliceAttrs): DenseSlice {
  const { begin, end, strides, finalShape } = tf.slice_util.sliceInfo(
    [...shape],
    attrs.begin,
    attrs.end,
    attrs.strides,
    attrs.beginMask,
    attrs.endMask,
    attrs.ellipsisMask,
    attrs.newAxisMask,
    attrs.shrinkAxisMask,
  );
  const own = rowMajor(shape);
  const sizes = strides.map((stride, i) => Math.max(0, Math.ceil((end[i]! - begin[i]!) / stride)));
  return {
    begin,
    strides,
    sizes,
    shape: finalShape,
    start: begin.reduce((start, index, i) => start + index * own[i]!, 0),
    steps: strides.map((stride, i) => stride * own[i]!),
  };
}
