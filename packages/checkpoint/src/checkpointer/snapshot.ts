/** @file The values of a model at one moment, while it goes on being trained. */
import {
  copyValue,
  type Filter,
  InvalidArgumentError,
  isVariable,
  OwnedStore,
  State,
  type StateEntry,
  withStore,
} from "@nnx-js/nn";
import { isAbstract, noGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { leavesOf } from "../model/leaves.ts";

/** Variables like those of a model, under the same paths, whose values nobody changes. */
export class Snapshot {
  readonly state: State;

  private constructor(entries: readonly StateEntry[]) {
    this.state = new State(entries);
  }

  /**
   * The values of `node` now, as far as `only` selects them. Tensors are shared, because a write to a Variable replaces its tensor and never changes it;
   * what a compiled step keeps in its own memory is copied, because the next step writes there.
   */
  static of(node: unknown, only: Filter): Snapshot {
    const taken: StateEntry[] = [];
    try {
      for (const { path, value, isSelected } of leavesOf(node, only, "Checkpointer.save")) {
        if (!isSelected) continue;
        const copy = noGradient(() => (isVariable(value) ? copyValue(value) : value.clone()));
        // Kept through a tidy around the call.
        taken.push([path, isVariable(value) ? withStore(value, new OwnedStore(copy)) : tf.keep(copy)]);
        if (isAbstract(copy)) {
          throw new InvalidArgumentError(
            "Checkpointer.save: expected tensors with values, found abstract ones. Call it outside of jit and evalShape.",
          );
        }
      }
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
