/** @file Lowerings of kernels that move blocks between space, depth and batch. */
import {
  batchToSpaceMove,
  type BlockMove,
  depthToSpaceMove,
  spaceToBatchMove,
  spaceToBatchPaddings,
} from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import type { Lowering, Tensor } from "./context.ts";
import { padded } from "./layout.ts";
import { slice, transpose } from "./moves.ts";
import { type LoweringRules, rule, type X } from "./rule.ts";
import { ANY } from "./takes.ts";

function moved(lowering: Lowering, x: Tensor, { from, perm, to }: BlockMove): Tensor {
  return { ...transpose(lowering, { ...x, shape: from }, perm), shape: to };
}

/** Moves between space, depth and batch. */
export const blocks: LoweringRules = {
  BatchToSpaceND: rule<X, tf.BatchToSpaceNDAttrs>(ANY, (lowering, { x }, attrs, [output]) => {
    const move = batchToSpaceMove(x.shape, attrs);
    const { shape } = output!;
    return slice(lowering, moved(lowering, x, move), move.begin, shape);
  }),
  SpaceToBatchND: rule<X, tf.SpaceToBatchNDAttrs>(ANY, (lowering, { x }, attrs) => {
    const wide = padded(lowering, x, spaceToBatchPaddings(x.shape, attrs), 0);
    return moved(lowering, wide, spaceToBatchMove(wide.shape, attrs));
  }),
  DepthToSpace: rule<X, tf.DepthToSpaceAttrs>(ANY, (lowering, { x }, attrs) =>
    moved(lowering, x, depthToSpaceMove(x.shape, attrs)),
  ),
};
