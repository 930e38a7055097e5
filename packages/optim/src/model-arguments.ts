/** @file Functions of a model as functions of the tree of its parameters. */
import { type State, type Variable, withValues } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { leafAt, nest } from "./nest.ts";
import { type Entry, gradientsFor } from "./tracked.ts";
import type { UpdateArguments } from "./transformation.ts";
import type { Tree } from "./tree.ts";

/**
 * What an update may be told beside the gradients; a transformation takes what it knows.
 *
 * @see UpdateArguments
 */
export interface ModelUpdateArguments<M> {
  /** The loss at the present parameters, `[]`. */
  readonly value?: tf.Tensor | undefined;
  /** The gradients at the present parameters. Default: those that the update gets. */
  readonly grad?: State | undefined;
  /**
   * The loss as a function of the model, such as `valueAndGrad` gets: line searches and `sophia` call it, with other
   * parameters in the model's Variables. What it writes to other Variables stays.
   */
  readonly valueFn?: ((model: M) => tf.Tensor) | undefined;
  /** As `valueFn`, under the name that `optax.contrib.sophia` gives it. */
  readonly objFn?: ((model: M) => tf.Tensor) | undefined;
  /** The gradients of the model with other parameters, for `sam` in opaque mode: `(model) => grad(lossFn)(model)`. */
  readonly gradFn?: ((model: M, i: number) => State) | undefined;
  /** What a transformation of one's own asks for. */
  readonly [name: string]: unknown;
}

/**
 * What a transformation gets of what an Optimizer is told: trees instead of States, and functions of trees instead of
 * functions of `model`.
 *
 * @param variables the trained Variables of the model
 * @param gradients those that the update gets
 */
export function argumentsForTree<M>(
  model: M,
  variables: readonly Entry[],
  gradients: Tree,
  args: ModelUpdateArguments<M>,
): UpdateArguments {
  const { grad, valueFn, objFn, gradFn } = args;
  const inModel = <R>(params: Tree, fn: () => R): R => withValues(valuesAt(variables, params), fn);
  const ofTree = (fn: (model: M) => tf.Tensor) => (params: Tree) => inModel(params, () => fn(model));
  return {
    ...args,
    grad: grad === undefined ? gradients : nest(gradientsFor(variables, grad)),
    valueFn: valueFn && ofTree(valueFn),
    ...(objFn && { objFn: ofTree(objFn) }),
    ...(gradFn && {
      gradFn: (params: Tree, i: number) =>
        nest(
          gradientsFor(
            variables,
            inModel<State>(params, () => gradFn(model, i)),
          ),
        ),
    }),
  };
}

function valuesAt(variables: readonly Entry[], params: Tree): ReadonlyMap<Variable, tf.Tensor> {
  return new Map(variables.map(([path, variable]) => [variable, leafAt(params, path)]));
}
