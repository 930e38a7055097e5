/** @file A sentence encoder with low-rank adapters around the queries and values of its attention. */
import { Linear, LoRA, type Rngs } from "@nnx-js/nn";
import { recursiveMap } from "@nnx-js/view";
import type { BertEncoder } from "./model.ts";

/**
 * The encoder with an adapter of rank {@link RANK} around each dense layer that makes queries or values. It shares the
 * Variables of `model`, which does not change.
 *
 * @param options `rngs` gives the first matrices; the second ones begin as zeros, so that the vectors are the same
 */
export function withAdapters(model: BertEncoder, { rngs }: { rngs: Rngs }): BertEncoder {
  return recursiveMap(
    (path, node) =>
      node instanceof Linear && ADAPTED.has(path.at(-1))
        ? new LoRA(node.inFeatures, RANK, node.outFeatures, { baseModule: node, rngs })
        : node,
    model,
  );
}

const RANK = 8;
const ADAPTED: ReadonlySet<unknown> = new Set(["query", "value"]);
