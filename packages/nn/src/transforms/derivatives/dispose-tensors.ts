/** @file Frees results that nobody asked for. */
import * as tf from "@tensorflow/tfjs-core";
import { mapLeaves } from "../../graph/map-leaves.ts";
import { isVariable } from "../../graph/kinds.ts";
import { State } from "../../graph/state.ts";

/** Frees the tensors in a tree, and those of its States. */
export function disposeTensors(tree: unknown): void {
  mapLeaves(tree, (leaf) => {
    if (leaf instanceof tf.Tensor) leaf.dispose();
    if (leaf instanceof State)
      for (const [, each] of leaf.entries) (isVariable(each) ? each.value : each).dispose();
  });
}
