/** @file What an update cannot do without. */
import { InvalidArgumentError, MissingArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { found } from "../checked-arguments.ts";
import { assertParams, type UpdateArguments } from "../transformation.ts";
import type { Tree } from "../tree.ts";

/** @throws MissingArgumentError without the parameters, on behalf of `caller` */
export function requireParams(params: Tree | undefined, caller: string): Tree {
  assertParams(params, caller);
  return params;
}

/** @throws MissingArgumentError without the loss, InvalidArgumentError unless it is a scalar, on behalf of `caller` */
export function requireValue(args: UpdateArguments | undefined, caller: string): tf.Tensor {
  const value: unknown = args?.value;
  if (value instanceof tf.Tensor && value.rank === 0) return value;
  const repair = "Write optimizer.update(model, grads, { value: loss }), with [loss, grads] of valueAndGrad.";
  if (value === undefined) {
    throw new MissingArgumentError(`${caller}: expected the loss as value, got none. ${repair}`);
  }
  const got = value instanceof tf.Tensor ? `a tensor [${value.shape.join(", ")}]` : found(value);
  throw new InvalidArgumentError(`${caller}: expected value to be a scalar tensor, got ${got}. ${repair}`);
}

/** What a line search asks for. */
export interface LineSearchArguments {
  readonly value: tf.Tensor;
  readonly grad: Tree;
  readonly valueFn: (params: Tree) => tf.Tensor;
}

/** @throws MissingArgumentError unless the loss is given in all three ways, on behalf of `caller` */
export function requireFunction(args: UpdateArguments | undefined, caller: string): LineSearchArguments {
  const { value, grad, valueFn } = args ?? {};
  if (value !== undefined && grad !== undefined && valueFn !== undefined) {
    return { value: requireValue(args, caller), grad, valueFn };
  }
  const missing = Object.entries({ value, grad, valueFn }).filter(([, given]) => given === undefined);
  throw new MissingArgumentError(
    `${caller}: expected the loss, its gradients and its function, got no ${missing.map(([name]) => name).join(", ")}. ` +
      "Write optimizer.update(model, grads, { value: loss, valueFn: lossFn }), or for trees " +
      "tx.update(grads, state, params, { value, grad: grads, valueFn }).",
  );
}
