/** @file Several recorded functions that take the same parameters: branches, or a loop and its condition. */
import type * as tf from "@tensorflow/tfjs-core";
import { Body, numberingOf, regraphed } from "../../trace/control/body.ts";
import type { Value } from "../../trace/graph.ts";
import type { Variable } from "../../variable/variable.ts";
import { assertVariableKept, type Recorded } from "./recorded.ts";

/** Functions with common parameters: their own, then Variables that any of them writes, then all that they read. */
export interface Merged {
  /** Each gives its results, then the next values of `written`. */
  readonly bodies: readonly Body[];
  readonly written: readonly Variable[];
  /** One tensor for each parameter that is not their own: first of `written`, then the rest. */
  readonly surroundings: readonly tf.Tensor[];
}

/**
 * @param isWriting whether a function gives the next values of Variables after its results
 * @throws ShapeMismatchError, DtypeError about a Variable that would change
 */
export function merged(
  functions: readonly Recorded[],
  caller: string,
  isWriting: (i: number) => boolean = () => true,
): Merged {
  const variables = new Set<Variable>();
  const written = new Set<Variable>();
  for (const recorded of functions) {
    for (const [variable, values] of recorded.variables) {
      assertVariableKept(variable, values, caller);
      variables.add(variable);
      if (values.after) written.add(variable);
    }
  }
  const read = [...variables].filter((variable) => !written.has(variable));
  const ordered = [...written, ...read];
  const captured = functions.flatMap((recorded) => recorded.captured.map((item) => ({ ...item, recorded })));
  const bodies = functions.map((recorded, i) => {
    const number = numberingOf(recorded.graph);
    /** For what only others take. */
    const standIn = ({ shape, dtype }: { shape: readonly number[]; dtype: tf.DataType }): Value => ({
      id: number(),
      shape: [...shape],
      // Graphs hold no other dtypes: the function that takes it has been recorded.
      dtype: dtype as Value["dtype"],
    });
    const before = new Map(
      ordered.map((variable) => [
        variable,
        recorded.variables.get(variable)?.before ?? standIn(variable.value),
      ]),
    );
    const next = [...written].map(
      (variable) => recorded.variables.get(variable)?.after ?? before.get(variable)!,
    );
    return new Body(
      regraphed(recorded.graph, {
        parameters: [
          ...recorded.own,
          ...before.values(),
          ...captured.map((item) => (item.recorded === recorded ? item.value : standIn(item.value))),
        ],
        outputs: [...recorded.results, ...(isWriting(i) ? next : [])],
      }),
    );
  });
  return {
    bodies,
    written: [...written],
    surroundings: [...ordered.map((variable) => variable.value), ...captured.map(({ tensor }) => tensor)],
  };
}
