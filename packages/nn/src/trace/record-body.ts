/** @file Runs a function once and writes down what it does: what transformations of functions work on. */
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { iterVariables } from "../graph/iterate.ts";
import { isPytree, isState, isVariable } from "../graph/kinds.ts";
import { mapLeaves } from "../graph/map-leaves.ts";
import { mapTensors } from "../graph/map-tensors.ts";
import { interceptVariables, withoutValues } from "../variable/access.ts";
import { outsideTransaction } from "../variable/transaction.ts";
import { settleVariable, type Variable } from "../variable/variable.ts";
import { enterTrace } from "./enter-trace.ts";
import { explained } from "./explain.ts";
import { finish } from "./finish.ts";
import type { Graph, Value } from "./graph.ts";
import { Recorder, type StandIns } from "./recorder.ts";
import { withDeepStacks } from "./source.ts";
import { VariableTracer } from "./variables.ts";

/** What a function is recorded with. */
export interface BodySpec {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** A Variable that was made outside of a recorded function, which reads or writes it. */
export interface BodyVariable {
  readonly variable: Variable;
  readonly isWritten: boolean;
}

/**
 * A function as a graph. The parameters of the graph are the function's own, in their order, then one for each Variable
 * in `variables`, then one for each tensor that it closes over. The outputs are the tensors of the result, then the next
 * values of the Variables that it writes, in the order of `variables`.
 */
export interface RecordedBody {
  readonly graph: Graph;
  /** How many parameters are the function's own. */
  readonly argumentCount: number;
  readonly variables: readonly BodyVariable[];
  /** How many outputs are tensors of the result. */
  readonly resultCount: number;
  /** What has an output for the result, in the order of these: tensors of it, and Variables that the function made. */
  readonly resultLeaves: readonly (tf.Tensor | Variable)[];
  /** What the function returned, with tensors that have no values: for its structure. */
  readonly result: unknown;
  /** One tensor for each parameter of the graph that is not the function's own, as it is now: borrowed, but for the last. */
  surroundings(): tf.Tensor[];
  /**
   * The result with these tensors in it, one for each. Variables that the function made, and that are part of the
   * result, take ownership of theirs. To be called once.
   */
  finish(results: readonly tf.Tensor[]): unknown;
  /** Writes the Variables: one tensor for each that is written. They take ownership. */
  write(values: readonly tf.Tensor[]): void;
  /** Frees what was kept of tensors that the function closes over. */
  dispose(): void;
}

/** Who records, and for what. */
export interface RecordBodyOptions {
  /** For errors: `scan(step)`. */
  readonly caller: string;
  readonly name: string;
  /** The shapes that Variables have for the function, where they are others than outside: those of one lane. */
  readonly variableShapes?: ReadonlyMap<Variable, readonly number[]> | undefined;
  /**
   * Whether launches know the lines of the user's code that led to them, which takes a third of the time. Default true:
   * the first thousand, and the first of each kernel; where a graph is replayed those lines are of no use.
   */
  readonly isLocated?: boolean | "all" | undefined;
  /** What stands in for tensors that the function closes over: those of `surroundings` then. */
  readonly standIns?: StandIns | undefined;
}

/** What a function takes beside its arguments. */
export interface ClosedOver {
  readonly tensors: readonly tf.Tensor[];
  /** Those that were made outside of it. */
  readonly variables: readonly Variable[];
}

/**
 * Runs `fn` once on tensors without values. Nothing is computed; Variables are afterwards as they were. Inside of another
 * trace its tensors may be used, and are those of `surroundings`.
 *
 * @throws TracedValueError, UnsupportedKernelError, UntraceableError, AsyncFunctionError; whatever `fn` throws
 */
export function recordBody(
  fn: (...args: tf.Tensor[]) => unknown,
  specs: readonly BodySpec[],
  options: RecordBodyOptions,
): RecordedBody {
  return traced(fn, specs, options, assemble);
}

/** Runs `fn` as {@link recordBody} does, for what it closes over. */
export function closedOver(
  fn: (...args: tf.Tensor[]) => unknown,
  specs: readonly BodySpec[],
  options: RecordBodyOptions,
): ClosedOver {
  return traced(fn, specs, options, ({ recorder, tracer }) => {
    const captured = [...recorder.captured.values()];
    for (const { tensor } of captured) tensor.dispose();
    return {
      tensors: captured.flatMap(({ original }) => original ?? []),
      variables: [...tracer.outer.keys()],
    };
  });
}

/** A function that has just run on tensors without values. */
interface Traced {
  readonly recorder: Recorder;
  readonly tracer: VariableTracer;
  readonly parameters: readonly Value[];
  readonly result: unknown;
}

function traced<T>(
  fn: (...args: tf.Tensor[]) => unknown,
  specs: readonly BodySpec[],
  { caller, name, variableShapes = new Map(), isLocated, standIns }: RecordBodyOptions,
  use: (traced: Traced) => T,
): T {
  const located = isLocated === false ? 0 : isLocated === "all" ? Infinity : undefined;
  const recorder = new Recorder(name, caller, located, standIns);
  const tracer = withoutValues((values) => new VariableTracer(recorder, variableShapes, values));
  const leave = enterTrace(recorder);
  try {
    const args = specs.map(({ shape, dtype }) => recorder.newTensor(shape, dtype));
    const parameters = args.map((tensor) => recorder.valueOf(tensor));
    const result = withDeepStacks(() =>
      outsideTransaction(() =>
        // What stands in for a Variable is what the function finds there before it writes to it.
        withoutValues(() => interceptVariables(tracer, () => fn(...args))),
      ),
    );
    if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError(caller, result);
    return use({ recorder, tracer, parameters, result });
  } catch (error) {
    for (const { tensor } of recorder.captured.values()) tensor.dispose();
    throw explained(error, caller);
  } finally {
    tracer.dispose();
    leave();
  }
}

function assemble({ recorder, tracer, parameters, result }: Traced): RecordedBody {
  const { tensors, made } = contentsOf(result, tracer);
  const outer = [...tracer.outer];
  const results = [...tensors, ...made.map(({ store }) => store.read())].map((tensor) =>
    recorder.valueOf(tensor),
  );
  const next = outer
    .filter(([, { isWritten }]) => isWritten)
    .map(([, { current }]) => recorder.valueOf(current));
  const { nodes, constants, outputs, used } = finish({
    nodes: recorder.nodes,
    constants: recorder.constants,
    outputs: [...results, ...next],
  });
  const all = [...recorder.captured.values()];
  const captured = all.filter(({ value }) => used.has(value));
  for (const { value, tensor } of all) if (!used.has(value)) tensor.dispose();
  const graph: Graph = {
    name: recorder.name,
    parameters: [
      ...parameters,
      ...outer.map(([, { initial }]) => initial),
      ...captured.map(({ value }) => value),
    ],
    constants,
    nodes,
    outputs: outputs.map((value) => ({ value })),
  };
  const variables = outer.map(([variable, { isWritten }]) => ({ variable, isWritten }));
  return {
    graph,
    argumentCount: parameters.length,
    variables,
    resultCount: results.length,
    resultLeaves: [...tensors, ...made],
    result,
    surroundings: () => [
      ...variables.map(({ variable }) => variable.value),
      ...captured.map(({ value, tensor, original }) => {
        const usable = original && !original.isDisposed ? original : tensor;
        return tf.reshape(usable, [...value.shape]);
      }),
    ],
    finish(values) {
      let next = 0;
      // The same tensor in several places comes once.
      const given = new Map(tensors.map((tensor) => [tensor, values[next++]!]));
      for (const variable of made) settleVariable(variable, values[next++]!);
      return mapTensors(result, (tensor) => given.get(tensor)!);
    },
    write(values) {
      const written = variables.filter(({ isWritten }) => isWritten);
      for (const [i, { variable }] of written.entries()) variable.value = values[i]!;
    },
    dispose() {
      for (const { tensor } of captured) tensor.dispose();
    },
  };
}

/** The tensors in a result, each once, and the Variables in it that were made in the trace. */
function contentsOf(
  result: unknown,
  { inner }: VariableTracer,
): { readonly tensors: tf.Tensor[]; readonly made: Variable[] } {
  const tensors = new Set<tf.Tensor>();
  const made = new Set<Variable>();
  mapLeaves(result, (leaf) => {
    if (leaf instanceof tf.Tensor) tensors.add(leaf);
    else if (isState(leaf)) {
      for (const [, item] of leaf.entries) {
        if (!isVariable(item)) tensors.add(item);
        else if (inner.has(item)) made.add(item);
      }
    } else if (isPytree(leaf) || isVariable(leaf)) {
      for (const [, variable] of iterVariables(leaf)) if (inner.has(variable)) made.add(variable);
    }
    return leaf;
  });
  return { tensors: [...tensors], made: [...made] };
}
