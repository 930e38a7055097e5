/** @file Calls a function whose derivative is not that of its operations. */
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { atBoundary } from "../../module/boundary.ts";
import { Body, numberingOf } from "../../trace/control/body.ts";
import { CALL, call, type CallRule } from "../../trace/call.ts";
import type { Dtype, Graph } from "../../trace/graph.ts";
import type { BodyVariable, ClosedOver } from "../../trace/record-body.ts";
import type { StandIns } from "../../trace/recorder.ts";
import { activeTrace } from "../../trace/trace-backend.ts";
import type { Variable } from "../../variable/variable.ts";
import { registerBatchRule } from "../batching/batch-rules.ts";
import { treeOf } from "../control/tree.ts";
import { batchCall } from "./batched-call.ts";
import { NOTHING } from "./closure.ts";
import { finishFunction, withFunctionGraph } from "./function-graph.ts";
import type { Flat } from "./tree.ts";

/** A function that is called, as rules see it: which of its inputs stand for what. */
export interface Called {
  readonly primals: Flat;
  readonly out: Flat;
  readonly variables: readonly BodyVariable[];
  /** What the functions of the rule close over beside these: the last inputs, Variables first. */
  readonly closure: ClosedOver;
}

/** The values of the Variables of a called function among its inputs, and of those that its rule closes over. */
export function variablesOf(called: Called, inputs: readonly tf.Tensor[]): Map<Variable, tf.Tensor> {
  return new Map([...ownVariablesOf(called, inputs), ...closedVariablesOf(called, inputs)]);
}

/** The values of the Variables of a called function among its inputs. */
export function ownVariablesOf(
  { primals, variables }: Called,
  inputs: readonly tf.Tensor[],
): Map<Variable, tf.Tensor> {
  const start = primals.tensors.length;
  return new Map([
    ...[...primals.variables].map(([variable, i]) => [variable, inputs[i]!] as const),
    ...variables.map(({ variable }, i) => [variable, inputs[start + i]!] as const),
  ]);
}

/** The values of the Variables that only the functions of the rule use. */
export function closedVariablesOf(
  { closure }: Called,
  inputs: readonly tf.Tensor[],
): Map<Variable, tf.Tensor> {
  const start = inputs.length - countOf(closure);
  return new Map(closure.variables.map((variable, i) => [variable, inputs[start + i]!]));
}

/** What stands among the inputs for tensors that the functions of the rule close over. */
export function standInsOf({ closure }: Called, inputs: readonly tf.Tensor[]): StandIns {
  const start = inputs.length - closure.tensors.length;
  return new Map(closure.tensors.map(({ dataId }, i) => [dataId, inputs[start + i]!]));
}

/** How many inputs are what the functions of a rule close over. */
export function countOf({ variables, tensors }: ClosedOver): number {
  return variables.length + tensors.length;
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

/** Who calls a function, and how. */
export interface CallOptions {
  readonly caller: string;
  /** Whether a Variable may stand in two arguments. */
  readonly mayShare?: boolean;
  /** What the functions of the rule close over, for a call that stays one in a trace. */
  readonly closureOf?: (primals: Flat, out: Flat) => ClosedOver;
}

/**
 * Calls `f` with `args`; where something differentiates, or may, by `ruleOf`.
 *
 * @throws InvalidArgumentError for arguments that were disposed of; AsyncFunctionError
 */
export function callFunction(
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  { caller, mayShare, closureOf = () => NOTHING }: CallOptions,
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
    const { graph, variables } = body;
    const found = closureOf(primals, out);
    const isOther = (each: Variable) => !primals.variables.has(each) && variables.every(({ variable }) => variable !== each); // prettier-ignore
    const closure = { ...found, variables: found.variables.filter(isOther) };
    const further = [...closure.variables.map(({ value }) => value), ...closure.tensors];
    const rule = ruleOf({ primals, out, variables, closure });
    const outputs = call(new Body(withParameters(graph, further)), rule, [
      ...recorded.parameters(),
      ...further,
    ]);
    return finishFunction(recorded, outputs).out;
  });
}

/** `graph` with further parameters, which it does not use. */
function withParameters(graph: Graph, tensors: readonly tf.Tensor[]): Graph {
  if (tensors.length === 0) return graph;
  const number = numberingOf(graph);
  // Recorders take no other dtypes.
  const values = tensors.map(({ shape, dtype }) => ({ id: number(), shape, dtype: dtype as Dtype }));
  return { ...graph, parameters: [...graph.parameters, ...values] };
}
