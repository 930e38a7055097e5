/** @file What has been found of NaNs, as numbers on the device: the site, and the turn or lane of each frame around it. */
import * as tf from "@tensorflow/tfjs-core";
import type { BodySpec } from "../../trace/record-body.ts";

/** So many loops and lanes, one within the other, are told apart. */
export const FRAMES = 6;
/** Where in what was found the lane is of a `vmap` around what is looked at, and where the numbers of frames begin. */
export const LANE = 1;
export const FIRST = 2;

/** A loop or lanes around a launch; what was found has its turn or its lane. */
export interface Frame {
  readonly kind: "turn" | "lane";
  /** The name of the function. */
  readonly of: string;
}

/** Where a NaN can be seen first. */
export interface Site {
  readonly kernelName?: string;
  readonly source?: string | undefined;
  readonly modulePath?: string | undefined;
  readonly what: string;
  /** From the outermost to the innermost. */
  readonly frames: readonly Frame[];
}

/**
 * What nothing was found is: int32 numbers, of the site, -1 for none; of the lane around it, -1 for none; and of the frame
 * that each turn or lane is in.
 */
export function nothingFound(): tf.Tensor {
  return tf.tensor1d([-1, -1, ...Array<number>(FRAMES).fill(0)], "int32");
}

/** Of what was found, and of the numbers of frames. */
export const FOUND: BodySpec = { shape: [FIRST + FRAMES], dtype: "int32" };
export const HERE: BodySpec = { shape: [FRAMES], dtype: "int32" };

/** The number of the site, a scalar. */
export function siteNumber(found: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.slice(found, 0, 1), []);
}

/** `numbers` with another one at an index; there is none beyond the last. */
export function withNumber(numbers: tf.Tensor, at: number, number: tf.Tensor): tf.Tensor {
  if (at >= FRAMES) return numbers;
  return tf.concat([tf.slice(numbers, 0, at), tf.reshape(number, [1]), tf.slice(numbers, at + 1)]);
}

/** The lane or turn of each frame of a site, as it was found. */
export function numbersOf(found: ArrayLike<number>, { frames }: Site): number[] {
  return Array.from({ length: Math.min(frames.length, FRAMES) }, (_, i) => found[FIRST + i]!);
}
