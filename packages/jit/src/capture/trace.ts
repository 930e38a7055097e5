/** @file Runs a function once on tensors without values, and makes a graph of what it does. */
import { interceptVariables, isVariable, outsideTransaction, type Variable } from "@nnx-js/nn";
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import {
  currentSource,
  enterTrace,
  explained,
  finish,
  type Graph,
  inlineCalls,
  isSameShape,
  type Output,
  Recorder,
  UntraceableError,
  type Value,
  VariableTracer,
  withDeepStacks,
} from "@nnx-js/nn/trace";
import { JitArgumentError } from "../errors.ts";
import { type Effect, putChild, Snapshot } from "../tree/effects.ts";
import { Refusal } from "../tree/refusal.ts";
import { type Plan, planResult } from "../tree/result.ts";
import { walkArguments, type Walk } from "../tree/walk.ts";
import { TfVariableTracer } from "./tf-variables.ts";

/** A Variable of the arguments, by its number, or one that the function reaches otherwise. */
export type Holder<V> = number | V;

/** Where a parameter of the graph comes from. Nothing here holds on to arguments. */
export type ParameterSource =
  | { readonly kind: "argument"; readonly leaf: number }
  | { readonly kind: "variable"; readonly holder: Holder<Variable> }
  | { readonly kind: "tfVariable"; readonly holder: Holder<tf.Variable> }
  | { readonly kind: "captured"; readonly tensor: tf.Tensor };

/** A Variable that the function writes, and the output that it gets. */
export type Write = Extract<ParameterSource, { holder: unknown }> & { readonly output: number };

/** A traced function: its graph, and how the graph hangs together with the arguments of a call. */
export interface Traced {
  readonly graph: Graph;
  /** One for each parameter of the graph. */
  readonly sources: readonly ParameterSource[];
  /** What a reader of the graph should know of how it came about: kernels that run lane by lane. */
  readonly remarks: readonly string[];
  readonly writes: readonly Write[];
  /** What a call returns. */
  readonly result: Plan;
  /** What a call changes in its arguments beside Variables. */
  readonly effects: readonly Effect[];
}

/** Options of {@link trace}. */
export interface TraceOptions {
  /** Of the function, for texts and errors. Its own unless given. */
  name?: string | undefined;
  /** The backend that the graph is for: some gradients avoid the mistakes of one. */
  target?: string | undefined;
  /** What a walk over `args` found, if it was done already. */
  walk?: Walk | undefined;
  /** How many launches know the lines of the user's code, beside the first of each kernel: 1000 unless given. */
  located?: number | undefined;
}

/**
 * Runs `fn` once, on tensors that stand for those in `args`; nothing is computed, and arguments, Variables and the
 * active backend are afterwards as they were. Variables that `fn` reaches are parameters, its gradients part of the
 * graph.
 *
 * @throws TracedValueError, UnsupportedKernelError, UntraceableError, JitArgumentError, AsyncFunctionError; whatever
 *   `fn` throws
 */
export function trace<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  {
    name = fn.name || "anonymous",
    target,
    walk = walkArguments(args, new Refusal(name)),
    located,
  }: TraceOptions = {},
): Traced {
  const recorder = new Recorder(name, `jit(${name})`, located);
  const leave = enterTrace(recorder, target);
  const before = new Snapshot(walk.objects, isCell);
  const variables = new VariableTracer(recorder);
  const tfVariables = new TfVariableTracer(recorder);
  try {
    const standIns = walk.leaves.map(({ parent, key, tensor }) => {
      const standIn = recorder.newTensor(tensor.shape, tensor.dtype);
      putStandIn(name, parent, key, standIn);
      return standIn;
    });
    const withStandIns = new Snapshot(walk.objects, isCell);
    return withDeepStacks(() => {
      const value = outsideTransaction(() => interceptVariables(variables, () => fn(...args)));
      if (AsyncFunctionError.isPromise(value)) throw new AsyncFunctionError(`jit(${name})`, value);
      if (tfVariables.created().length > 0) throw createdTfVariable(name);
      return assemble(recorder, walk, standIns, variables, tfVariables, value, withStandIns);
    });
  } catch (error) {
    for (const { tensor } of recorder.captured.values()) tensor.dispose();
    for (const variable of tfVariables.created()) variable.dispose();
    throw explained(error, recorder.caller);
  } finally {
    before.restore();
    variables.dispose();
    tfVariables.restore();
    leave();
  }
}

/** Frees the tensors that a trace has captured: its graph is needed no more. */
export function disposeCaptured({ sources }: Traced): void {
  for (const source of sources) if (source.kind === "captured") source.tensor.dispose();
}

function assemble(
  recorder: Recorder,
  walk: Walk,
  standIns: readonly tf.Tensor[],
  variables: VariableTracer,
  tfVariables: TfVariableTracer,
  value: unknown,
  withStandIns: Snapshot,
): Traced {
  const indices = new Map(walk.objects.map((object, index) => [object, index]));
  const values: Value[] = [];
  const known = new Map<tf.Tensor, number>();
  const context = {
    argumentIndex: (object: object) => indices.get(object),
    isInner: (variable: Variable) => variables.inner.has(variable),
    output(tensor: tf.Tensor): number {
      const index = known.get(tensor) ?? values.push(recorder.valueOf(tensor)) - 1;
      known.set(tensor, index);
      return index;
    },
  };
  const result = planResult(value, context);
  const effects = withStandIns.effects((child) => planResult(child, context));

  const holderOf = <V extends object>(variable: V): Holder<V> => indices.get(variable) ?? variable;
  const writes: Write[] = [];
  const initialOf = new Map<number, Value>();
  const nextOutput = (initial: Value, next: Value): number => {
    const output = values.push(next) - 1;
    if (initial.dtype === next.dtype && isSameShape(initial.shape, next.shape))
      initialOf.set(output, initial);
    return output;
  };
  for (const [variable, { initial, current, isWritten }] of variables.outer) {
    if (!isWritten) continue;
    const output = nextOutput(initial, recorder.valueOf(current));
    writes.push({ kind: "variable", holder: holderOf(variable), output });
  }
  const traced = tfVariables.traced();
  for (const { variable, initial, written } of traced) {
    if (!written) continue;
    writes.push({ kind: "tfVariable", holder: holderOf(variable), output: nextOutput(initial, written) });
  }

  const inlined = inlineCalls(recorder, (shape, dtype) => recorder.newValue(shape, dtype));
  const { nodes, constants, outputs, used } = finish({ ...inlined, outputs: values }, true);
  const candidates: (readonly [Value, ParameterSource])[] = [
    ...standIns.map((tensor, leaf) => [recorder.valueOf(tensor), { kind: "argument", leaf }] as const),
    ...[...variables.outer].map(
      ([variable, { initial }]) => [initial, { kind: "variable", holder: holderOf(variable) }] as const,
    ),
    ...traced.map(
      ({ variable, initial }) => [initial, { kind: "tfVariable", holder: holderOf(variable) }] as const,
    ),
    ...[...recorder.captured.values()].map(
      ({ value, tensor }) => [value, { kind: "captured", tensor }] as const,
    ),
  ];
  // What is written is a parameter even if nobody reads it, so that its memory can be written in place.
  const written = new Set(initialOf.values());
  const [kept, dropped] = partition(candidates, ([value]) => used.has(value) || written.has(value));
  for (const [, source] of dropped) if (source.kind === "captured") source.tensor.dispose();
  const positions = new Map(kept.map(([value], position) => [value, position]));
  const graphOutputs = outputs.map((output, i): Output => {
    const initial = initialOf.get(i);
    return initial ? { value: output, nextOf: positions.get(initial) } : { value: output };
  });
  return {
    graph: {
      name: recorder.name,
      parameters: kept.map(([value]) => value),
      constants,
      nodes,
      outputs: graphOutputs,
    },
    sources: kept.map(([, source]) => source),
    remarks: [...recorder.remarks],
    writes,
    result,
    effects,
  };
}

/** Whether what an object holds is traced otherwise. */
function isCell(object: object): boolean {
  return isVariable(object) || object instanceof tf.Variable;
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}

function putStandIn(name: string, parent: object, key: unknown, standIn: tf.Tensor): void {
  const property =
    parent instanceof Map ? undefined : Object.getOwnPropertyDescriptor(parent, key as PropertyKey);
  if (property?.configurable !== false || property.writable) {
    putChild(parent, key, standIn);
    return;
  }
  throw new JitArgumentError(
    name,
    `expected tensors in objects that can be written to, found a frozen object with the tensor "${String(key)}": ` +
      `while the function is traced, another one stands in its place. Pass a copy: { ...object }.`,
  );
}

function createdTfVariable(name: string): UntraceableError {
  return new UntraceableError(
    `jit(${name})`,
    currentSource(),
    `expected code that makes no tf.Variable, found that it makes one: it would be made once, not in each call. ` +
      `Make it before (a TensorFlow.js optimiser makes its own in its first step: run that step without jit), ` +
      `or use a Variable of @nnx-js/nn.`,
  );
}
