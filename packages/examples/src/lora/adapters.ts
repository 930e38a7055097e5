/** @file A frozen classifier with a low-rank adapter around every dense layer. */
import { Linear, LoRA, type Rngs } from "@nnx-js/nn";
import { recursiveMap, view } from "@nnx-js/view";
import type { DigitClassifier } from "../digits/model.ts";

/** Size and weights of the adapters. */
export interface AdapterOptions {
  /** Columns of the first and rows of the second matrix of each adapter. */
  rank: number;
  /** Gives the first matrices; the second ones begin as zeros, so that the answers are the same at first. */
  rngs: Rngs;
}

/**
 * The model with adapters, in evaluation mode: no dropout, and the statistics of the batch normalisation stand still.
 * It shares the Variables of `model`, which does not change: without the adapters it answers as before.
 */
export function withAdapters(model: DigitClassifier, { rank, rngs }: AdapterOptions): DigitClassifier {
  const adapted = recursiveMap(
    (_path, node) =>
      node instanceof Linear
        ? new LoRA(node.inFeatures, rank, node.outFeatures, { baseModule: node, rngs })
        : node,
    model,
  );
  return view(adapted, { deterministic: true, useRunningAverage: true });
}
