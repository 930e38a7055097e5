/** @file The loss and gradients that a line search has left. */
import { InvalidArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { valueAndGradient } from "../transform/differentiate.ts";
import type { Tree } from "../tree.ts";
import { readNumber } from "./read.ts";

/**
 * The loss and its gradients at parameters that a line search has stepped to, from its state; computed where the state
 * has none yet.
 *
 * ```ts
 * const valueAndGrad = valueAndGradFromState(lossFn);
 * const [value, grad] = valueAndGrad(params, { state });
 * const [updates, next] = tx.update(grad, state, params, { value, grad, valueFn: lossFn });
 * ```
 *
 * It reads the loss back: it runs eagerly.
 *
 * @throws InvalidArgumentError for a state without `value` and `grad`, or with several
 * @see optax.value_and_grad_from_state
 */
export function valueAndGradFromState<T extends Tree>(
  valueFn: (params: T) => tf.Tensor,
): (params: T, options: { state: Tree }) => [value: tf.Tensor, grad: T] {
  return (params, { state }) => {
    const [value, grad] = [only(state, "value"), only(state, "grad")];
    if (value instanceof tf.Tensor && Number.isFinite(readNumber(value, "valueAndGradFromState"))) {
      // It was made in the shapes of the parameters.
      return [value, grad as T];
    }
    // The function gets trees of the structure of `params`.
    return valueAndGradient(valueFn as (tree: Tree) => tf.Tensor, params) as [tf.Tensor, Tree] as [
      tf.Tensor,
      T,
    ];
  };
}

/** What is called `name` in a state, which must be one. */
function only(state: Tree, name: string): Tree {
  const found: Tree[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null || node instanceof tf.Tensor) return;
    for (const [key, child] of Object.entries(node as Record<string, Tree>)) {
      if (key === name) found.push(child);
      else visit(child);
    }
  };
  visit(state);
  if (found.length === 1) return found[0]!;
  throw new InvalidArgumentError(
    `valueAndGradFromState: expected a state with one ${name}, found ${found.length}. It is that of a line search: ` +
      "lbfgs(), or scaleByBacktrackingLinesearch(15, { storeGrad: true }).",
  );
}
