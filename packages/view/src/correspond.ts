/** @file Finds the nodes of a copy that stand for those of the original. */
import { iterGraph } from "@nnx-js/nn";

/** The part of `copy`, a structural copy of `original`, that stands for each part of it. */
export function correspondence(original: unknown, copy: unknown): Map<unknown, unknown> {
  const copies = new Map<unknown, unknown>();
  // A copy has the same sharing, so both walks visit in the same order.
  const walk = iterGraph(copy);
  for (const [, value] of iterGraph(original)) copies.set(value, walk.next().value?.[1]);
  return copies;
}
