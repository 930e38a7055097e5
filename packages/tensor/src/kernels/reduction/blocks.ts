/** @file Reductions along axes that lie side by side, which need no transposition. */
import * as tf from "@tensorflow/tfjs-core";
import type { ReductionAttrs } from "./rows.ts";

/** A tensor as `before` blocks of `length` rows of `after` elements, of which the rows of a block become one. */
export interface Blocks {
  before: number;
  length: number;
  after: number;
  /** The shape of the result. */
  shape: number[];
}

/** A tensor of the shape as blocks; undefined where another axis lies between those that the reduction is along. */
export function blocksOf(
  shape: readonly number[],
  { axis, reductionIndices, keepDims }: ReductionAttrs,
): Blocks | undefined {
  const rank = shape.length;
  const isReduced = shape.map(() => false);
  for (const one of tf.util.parseAxisParam((axis ?? reductionIndices)!, [...shape])) isReduced[one] = true;
  const first = isReduced.indexOf(true);
  const last = isReduced.lastIndexOf(true);
  const blocks: Blocks = { before: 1, length: 1, after: 1, shape: [] };
  for (let i = 0; i < rank; i++) {
    const size = shape[i]!;
    if (isReduced[i]) blocks.length *= size;
    else if (i < first) blocks.before *= size;
    else if (i > last) blocks.after *= size;
    else if (size !== 1) return undefined;
    if (!isReduced[i]) blocks.shape.push(size);
    else if (keepDims) blocks.shape.push(1);
  }
  return blocks;
}
