/** @file Replaces the plain tensors of arguments and results. */
import * as tf from "@tensorflow/tfjs-core";
import { cover, coverageOf } from "./coverage.ts";
import { isState, isVariable } from "./kinds.ts";
import { mapLeaves } from "./map-leaves.ts";
import { State } from "./state.ts";

/**
 * `value` with `f` of each tensor in it that no Variable holds: in arrays, `Map`s, plain objects and States. Containers
 * are new; what else there is stays what it is.
 */
export function mapTensors(value: unknown, f: (tensor: tf.Tensor) => tf.Tensor): unknown {
  return mapLeaves(value, (leaf) => {
    if (leaf instanceof tf.Tensor) return f(leaf);
    return isState(leaf) ? inState(leaf, f) : leaf;
  });
}

/** A State without plain tensors is the same one. */
function inState(state: State, f: (tensor: tf.Tensor) => tf.Tensor): State {
  if (state.entries.every(([, leaf]) => isVariable(leaf))) return state;
  const entries = state.entries.map(([path, leaf]) => [path, isVariable(leaf) ? leaf : f(leaf)] as const);
  return cover(new State(entries), coverageOf(state));
}
