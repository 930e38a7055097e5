/** @file Kernels that move blocks between space, depth and batch. */
import {
  batchToSpaceMove,
  type BlockMove,
  depthToSpaceMove,
  spaceToBatchMove,
  spaceToBatchPaddings,
} from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import type { Builder } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";
import { ANY, type KernelRules, rule, type X } from "../rule.ts";

function moved(b: Builder, x: Operand, { from, perm, to }: BlockMove): Operand {
  return b.reshape(b.transpose(b.reshape(x, from), perm), to);
}

/** Moves between space, depth and batch. */
export const blocks: KernelRules = {
  BatchToSpaceND: rule<X, tf.BatchToSpaceNDAttrs>(ANY, (b, { x }, attrs, [output]) => {
    const move = batchToSpaceMove(x.shape, attrs);
    const ends = move.begin.map((from, axis) => from + output!.shape[axis]!);
    return b.slice(moved(b, x, move), move.begin, ends);
  }),
  SpaceToBatchND: rule<X, tf.SpaceToBatchNDAttrs>(ANY, (b, { x }, attrs) => {
    const wide = b.pad(x, 0, spaceToBatchPaddings(x.shape, attrs));
    return moved(b, wide, spaceToBatchMove(wide.shape, attrs));
  }),
  DepthToSpace: rule<X, tf.DepthToSpaceAttrs>(ANY, (b, { x }, attrs) =>
    moved(b, x, depthToSpaceMove(x.shape, attrs)),
  ),
};
