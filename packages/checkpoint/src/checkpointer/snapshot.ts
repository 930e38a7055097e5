/** @file The values of a model at one moment, while it goes on being trained. */
import {
  atBoundary,
  copyValue,
  type Filter,
  isVariable,
  OwnedStore,
  State,
  type StateEntry,
  type StateLeaf,
  withStore,
} from "@nnx-js/nn";
import { noGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { assertValues } from "../model/assert-values.ts";
import { leavesOf } from "../model/leaves.ts";

/** Variables like those of a model, under the same paths, whose values nobody changes. */
export class Snapshot {
  readonly state: State;

  private constructor(entries: readonly StateEntry[]) {
    this.state = new State(entries);
  }

  /**
   * The values of `node` now, as far as `only` selects them. Tensors are shared, because a write to a Variable replaces
   * its tensor and never changes it; what a compiled step keeps in its own memory is copied, because the next step
   * writes there.
   */
  static of(node: unknown, only: Filter): Snapshot {
    assertValues("Checkpointer.save");
    const taken: StateEntry[] = [];
    try {
      const leaves = leavesOf(node, only, "Checkpointer.save").filter(({ isSelected }) => isSelected);
      // Errors about a Variable say its path; nothing of a copy is differentiated.
      atBoundary([node], () =>
        noGradient(() => {
          for (const { path, value } of leaves) taken.push([path, copyOf(value)]);
        }),
      );
      return new Snapshot(taken);
    } catch (error) {
      for (const [, leaf] of taken) leaf.dispose();
      throw error;
    }
  }

  /** Frees the values. */
  dispose(): void {
    for (const [, leaf] of this.state) leaf.dispose();
  }
}

/** A leaf like `leaf` with its value, kept through a tidy around the call. */
function copyOf(leaf: StateLeaf): StateLeaf {
  if (!isVariable(leaf)) return tf.keep(leaf.clone());
  return withStore(leaf, new OwnedStore(copyValue(leaf)));
}
