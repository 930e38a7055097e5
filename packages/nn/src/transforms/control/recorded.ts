/** @file Recorded functions as bodies of loops and branches: which of their parameters are what. */
import * as tf from "@tensorflow/tfjs-core";
import { DtypeError, ShapeMismatchError } from "../../errors.ts";
import type { Graph, Value } from "../../trace/graph.ts";
import { type BodySpec, recordBody, type RecordedBody } from "../../trace/record-body.ts";
import type { Variable } from "../../variable/variable.ts";

/** A function that was recorded for a list of tensors, and gives a list. */
export interface Recorded {
  readonly graph: Graph;
  /** Parameters that are the function's own. */
  readonly own: readonly Value[];
  /** Variables that it reads or writes, with what they hold before and, where it writes them, after. */
  readonly variables: ReadonlyMap<Variable, { readonly before: Value; readonly after: Value | undefined }>;
  /** Tensors that it closes over. */
  readonly captured: readonly { readonly value: Value; readonly tensor: tf.Tensor }[];
  /** One for each tensor of the list that it gave. */
  readonly results: readonly Value[];
  dispose(): void;
}

/** Records `fn`. */
export function recorded(
  fn: (...args: tf.Tensor[]) => readonly tf.Tensor[],
  specs: readonly BodySpec[],
  names: { readonly caller: string; readonly name: string },
): Recorded {
  let given: readonly tf.Tensor[] = [];
  const body: RecordedBody = recordBody((...args) => (given = fn(...args)), specs, names);
  const { graph, argumentCount, resultCount } = body;
  // The same tensor in several places comes once.
  const unique = [...new Set(given)];
  const surroundings = body.surroundings();
  const rest = graph.parameters.slice(argumentCount);
  let next = resultCount;
  const variables = new Map(
    body.variables.map(({ variable, isWritten }, i) => {
      const after = isWritten ? graph.outputs[next++]!.value : undefined;
      return [variable, { before: rest[i]!, after }];
    }),
  );
  return {
    graph,
    own: graph.parameters.slice(0, argumentCount),
    variables,
    captured: rest
      .slice(variables.size)
      .map((value, i) => ({ value, tensor: surroundings[variables.size + i]! })),
    results: given.map((tensor) => graph.outputs[unique.indexOf(tensor)]!.value),
    dispose: () => body.dispose(),
  };
}

/** What a Variable holds. */
export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/**
 * Checks that Variables that a loop writes, or a branch, stay what they are.
 *
 * @throws ShapeMismatchError, DtypeError about the Variable
 */
export function assertVariableKept(
  variable: Variable,
  { before, after }: { readonly before: Spec; readonly after: Spec | undefined },
  caller: string,
): void {
  if (!after) return;
  const text =
    `${caller}: expected a Variable that keeps its shape and dtype, ${textOf(before)}, found ${textOf(after)} written ` +
    `to it. Cast or reshape what is written.`;
  if (before.shape.join() !== after.shape.join()) throw new ShapeMismatchError(text, variable);
  if (before.dtype !== after.dtype) throw new DtypeError(text, variable);
}

function textOf({ dtype, shape }: Spec): string {
  return `${dtype}[${shape.join(", ")}]`;
}
