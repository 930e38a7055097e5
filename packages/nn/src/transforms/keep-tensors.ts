/** @file Brings tensors out of a scope that would dispose of them. */
import * as tf from "@tensorflow/tfjs-core";
import { cover, coverageOf } from "../graph/coverage.ts";
import { isVariable } from "../graph/kinds.ts";
import { mapLeaves } from "../graph/map-leaves.ts";
import { State, type StateLeaf } from "../graph/state.ts";
import { BorrowedStore } from "../variable/store.ts";
import { borrowingVariable } from "../variable/variable.ts";

/** Tensors that outlive their scope until they are released. */
interface KeptTensors<T> {
  /** The value with its tensors, which now belong to the scope around the caller. */
  release(): T;
  /** Frees the tensors. */
  discard(): void;
}

/**
 * Protects the tensors in `value` (in arrays, `Map`s and plain objects of any depth, and gradients) from the end of
 * the current `tf.tidy`.
 */
export function keepTensors<T>(value: T): KeptTensors<T> {
  const copies: tf.Tensor[] = [];
  const kept = mapTensors(value, (tensor) => {
    const copy = tf.keep(tensor.clone());
    copies.push(copy);
    return copy;
  });
  const discard = () => {
    for (const copy of copies) copy.dispose();
  };
  return {
    release() {
      const released = mapTensors(kept, (tensor) => tensor.clone());
      discard();
      return released;
    },
    discard,
  };
}

function mapTensors<T>(value: T, f: (tensor: tf.Tensor) => tf.Tensor): T {
  // Tensors become tensors and States become States.
  return mapLeaves(value, (leaf) => {
    if (leaf instanceof tf.Tensor) return f(leaf);
    return leaf instanceof State ? mapState(leaf, f) : leaf;
  }) as T;
}

/** A model's own Variables keep their values themselves; gradients and plain tensors do not. */
function mapState(state: State, f: (tensor: tf.Tensor) => tf.Tensor): State {
  const mapLeaf = (leaf: StateLeaf): StateLeaf => {
    if (!isVariable(leaf)) return f(leaf);
    return leaf.store instanceof BorrowedStore ? borrowingVariable(leaf, f(leaf.value)) : leaf;
  };
  return cover(new State(state.entries.map(([path, leaf]) => [path, mapLeaf(leaf)])), coverageOf(state));
}
