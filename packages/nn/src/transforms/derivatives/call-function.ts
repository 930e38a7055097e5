/** @file Calls a function whose derivative is not that of its operations. */
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { atBoundary } from "../../module/boundary.ts";
import { Body } from "../../trace/control/body.ts";
import { CALL, call, type CallRule } from "../../trace/call.ts";
import { activeTrace } from "../../trace/trace-backend.ts";
import type { BodyVariable } from "../../trace/record-body.ts";
import type { Variable } from "../../variable/variable.ts";
import { registerBatchRule } from "../batching/batch-rules.ts";
import { treeOf } from "../control/tree.ts";
import { batchCall } from "./batched-call.ts";
import { finishFunction, withFunctionGraph } from "./function-graph.ts";
import type { Flat } from "./tree.ts";

/** A function that is called, as rules see it: which of its inputs stand for what. */
export interface Called {
  readonly primals: Flat;
  readonly out: Flat;
  readonly variables: readonly BodyVariable[];
}

/** The values of the Variables of a called function among its inputs. */
export function variablesOf(
  { primals, variables }: Called,
  inputs: readonly tf.Tensor[],
): Map<Variable, tf.Tensor> {
  const own = [...primals.variables].map(([variable, i]) => [variable, inputs[i]!] as const);
  const start = primals.tensors.length;
  return new Map([...own, ...variables.map(({ variable }, i) => [variable, inputs[start + i]!] as const)]);
}

/**
 * The outputs of a called function, in its own order, where another function gave `results`, and `next` says what the
 * Variables hold then.
 */
export function outputsOf(
  called: Called,
  inputs: readonly tf.Tensor[],
  results: readonly tf.Tensor[],
  next: ReadonlyMap<Variable, tf.Tensor>,
): tf.Tensor[] {
  const before = variablesOf(called, inputs);
  const written = called.variables.filter(({ isWritten }) => isWritten);
  return [...results, ...written.map(({ variable }) => next.get(variable) ?? before.get(variable)!)];
}

/**
 * Calls `f` with `args`; where something differentiates, or may, by `ruleOf`.
 *
 * @throws InvalidArgumentError for arguments that were disposed of; AsyncFunctionError
 */
export function callFunction(
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  { caller, mayShare }: { readonly caller: string; readonly mayShare?: boolean },
  ruleOf: (called: Called) => CallRule,
): unknown {
  if (tf.engine().state.gradientDepth === 0 && !activeTrace()) {
    treeOf(args, `${caller}: the arguments`, true);
    const result = atBoundary(args, () => f(...(args as never[])));
    if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError(caller, result);
    return result;
  }
  registerBatchRule(CALL, batchCall);
  return withFunctionGraph(f, args, { caller, mayShare }, (recorded) => {
    const { body, primals, out } = recorded;
    const rule = ruleOf({ primals, out, variables: body.variables });
    const outputs = call(new Body(body.graph), rule, recorded.parameters());
    return finishFunction(recorded, outputs).out;
  });
}
