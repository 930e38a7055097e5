/** @file Records a function of trees and Modules as a graph, and runs what was made of it. */
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { atBoundary } from "../../module/boundary.ts";
import { recordBody, type RecordedBody } from "../../trace/record-body.ts";
import type { StandIns } from "../../trace/recorder.ts";
import { replay } from "../../trace/replay.ts";
import { withValues } from "../../variable/access.ts";
import { describe } from "./leaves.ts";
import { Flat } from "./tree.ts";

/** Options of transformations whose function may give more than what is differentiated. */
export interface AuxOptions<Aux extends boolean> {
  /** Whether the function returns `[out, aux]`. Default false. */
  readonly hasAux?: Aux | undefined;
}

/** A function of the arguments in `primals`, as a graph whose first parameters are their tensors. */
export interface FunctionGraph {
  readonly primals: Flat;
  readonly body: RecordedBody;
  /** What is differentiated of what the function gives; its tensors come first in the graph's outputs. */
  readonly out: Flat;
  /** What else it gives. */
  readonly aux: Flat;
  /** The tensors of the parameters, as they are now. */
  readonly parameters: () => tf.Tensor[];
}

interface FunctionGraphOptions {
  readonly caller: string;
  readonly hasAux?: boolean | undefined;
  /** What errors call a function that returns two things, and these. */
  readonly pair?: string | undefined;
  /** What errors call the function: its own name unless given. */
  readonly name?: string | undefined;
  /** Whether a Variable may stand in two arguments. */
  readonly mayShare?: boolean | undefined;
  /** What stands in for tensors that the function closes over. */
  readonly standIns?: StandIns | undefined;
  /** Which launches know the lines of the user's code. */
  readonly isLocated?: "all" | undefined;
}

/**
 * Runs `use` on the graph of `f`; Variables are as they were if it throws.
 *
 * @throws InvalidArgumentError for arguments that were disposed of or share a Variable; AsyncFunctionError
 */
export function withFunctionGraph<T>(
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  {
    caller,
    hasAux = false,
    pair,
    name = f.name || "anonymous",
    mayShare,
    standIns,
    isLocated,
  }: FunctionGraphOptions,
  use: (recorded: FunctionGraph) => T,
): T {
  if (!Array.isArray(args)) {
    throw new InvalidArgumentError(
      `${caller}: expected the arguments of the function in an array, found ${describe(args)}. Write ${caller}(f, [x]).`,
    );
  }
  return atBoundary(args, () => {
    const primals = Flat.ofArguments(args, caller, mayShare);
    let [out, aux] = [Flat.ofResult([]), Flat.ofResult([])];
    const body = recordBody(
      (...tensors) => {
        const values = new Map([...primals.variables].map(([variable, i]) => [variable, tensors[i]!]));
        const inputs = primals.rebuilt(tensors) as never[];
        const result = withValues(values, () => f(...inputs));
        if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError(caller, result);
        const [main, extra] = hasAux ? asPair(result, caller, pair) : [result, undefined];
        [out, aux] = [Flat.ofResult(main), Flat.ofResult(extra)];
        // A tensor that stands in both comes once for each.
        return [
          ...out.tensors,
          ...aux.tensors.map((tensor) => tf.clone(tensor)),
          ...out.others,
          ...aux.others,
        ];
      },
      primals.tensors,
      { caller: `${caller}(${name})`, name, standIns, isLocated },
    );
    try {
      return use({ primals, body, out, aux, parameters: () => [...primals.tensors, ...body.surroundings()] });
    } finally {
      body.dispose();
    }
  });
}

/** Gives what the function returned, for the tensors that its graph gave, and writes its Variables. */
export function finishFunction(
  { body, out, aux }: FunctionGraph,
  outputs: readonly tf.Tensor[],
): { readonly out: unknown; readonly aux: unknown } {
  const results = body.finish(outputs.slice(0, body.resultCount)) as tf.Tensor[];
  body.write(outputs.slice(body.resultCount));
  const count = out.tensors.length;
  return {
    out: out.rebuilt(results.slice(0, count)),
    aux: aux.rebuilt(results.slice(count, count + aux.tensors.length)),
  };
}

/** The graph of a function of tensors, with what it needs beside them. */
export function runBody(body: RecordedBody, tensors: readonly tf.Tensor[]): tf.Tensor[] {
  const outputs = replay(body.graph, [...tensors, ...body.surroundings()]);
  body.write(outputs.slice(body.resultCount));
  return outputs.slice(0, body.resultCount);
}

function asPair(
  result: unknown,
  caller: string,
  pair = "a function that returns [out, aux], as hasAux says",
): readonly unknown[] {
  if (Array.isArray(result) && result.length === 2) return result;
  throw new InvalidArgumentError(`${caller}: expected ${pair}, got ${describe(result)}.`);
}
