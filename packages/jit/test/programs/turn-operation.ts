/** @file What operations of random turns take and share. */
import type { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Ways } from "./ways.ts";

export const ROWS = 3;
export const COLUMNS = 4;

/** What an operation may take besides its operands. */
export interface Surroundings {
  /** `[COLUMNS, COLUMNS]` */
  readonly weight: tf.Tensor;
  /** `[2, 2, 1, 2]` */
  readonly filter: tf.Tensor;
  /** A count of turns, int32 `[]`. */
  readonly count: tf.Tensor;
  /** bool `[ROWS, COLUMNS]` */
  readonly mask: tf.Tensor;
  readonly rngs: Rngs;
  readonly ways: Ways;
  /** From 0 to 98. */
  readonly pick: number;
}

export type Operation = (a: tf.Tensor, b: tf.Tensor, around: Surroundings) => tf.Tensor;

export const matrix = (x: tf.Tensor) => tf.broadcastTo(x, [ROWS, COLUMNS]);

/** Sums of the same elements in another order are equal but for rounding, which must not decide. */
export const APART = 0.0137;

/** The same with no two elements alike: which of them is the largest must not depend on rounding. */
export const distinct = (x: tf.Tensor) =>
  tf.add(matrix(x), tf.reshape(tf.mul(tf.sin(tf.range(0, ROWS * COLUMNS)), 0.31), [ROWS, COLUMNS]));

export const image = (x: tf.Tensor) => tf.reshape<tf.Rank.R4>(matrix(x), [1, ROWS, COLUMNS, 1]);

export const axisOf = (pick: number) => [0, 1, -1, -2][pick % 4]!;
