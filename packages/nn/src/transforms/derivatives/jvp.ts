/** @file Derivatives in a direction: forward mode. */
import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions } from "../../checked-arguments.ts";
import { assertFunction } from "../../function-argument.ts";
import { recordBody } from "../../trace/record-body.ts";
import { directionsOf } from "./directions.ts";
import {
  type AuxOptions,
  finishFunction,
  type FunctionGraph,
  runBody,
  withFunctionGraph,
} from "./function-graph.ts";
import { jvpGraph } from "./jvp-graph.ts";
import type { Derivative, Direction } from "./types.ts";

/**
 * What `f` gives for the arguments `primals`, and what that changes by when they change by `tangents`: `[out, tangent]`,
 * with `hasAux` `[out, tangent, aux]`. Costs two or three times as much as `f`, whatever the number of parameters.
 *
 * Arguments are tensors, Modules, States, and trees of them. What does not change has the tangent `undefined`; that of
 * a Module is a State, or another Module of its structure. `f` is recorded: it can read no value. What it writes to
 * Variables (batch statistics, random counts) is written once.
 *
 * ```ts
 * const [y, dy] = jvp((model: Linear, x: tf.Tensor) => model.forward(x), [model, x], [undefined, dx]);
 * ```
 *
 * @throws InvalidArgumentError for tangents that do not fit, and for what was disposed of; UnsupportedDerivativeError for an operation without a
 *   derivative
 * @see jax.jvp
 */
export function jvp<Args extends unknown[], Out, Aux>(
  f: (...args: Args) => readonly [Out, Aux],
  primals: readonly [...Args],
  tangents: Direction<Args>,
  options: AuxOptions<true> & { hasAux: true },
): [Out, Derivative<Out>, Aux];
export function jvp<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  primals: readonly [...Args],
  tangents: Direction<Args>,
  options?: AuxOptions<false>,
): [Out, Derivative<Out>];
export function jvp(
  f: (...args: never[]) => unknown,
  primals: readonly unknown[],
  tangents: unknown,
  options: AuxOptions<boolean> = {},
): unknown[] {
  assertFunction(f, "jvp", "jvp((x) => tf.square(x), [x], [tf.onesLike(x)])");
  assertKnownOptions(options, ["hasAux"], "jvp");
  return jvpAs("jvp", f, [primals, tangents], options);
}

/** {@link jvp} for what errors call `caller`. */
export function jvpAs(
  caller: string,
  f: (...args: never[]) => unknown,
  [primals, tangents]: readonly [primals: readonly unknown[], tangents: unknown],
  { hasAux = false }: AuxOptions<boolean> = {},
): unknown[] {
  return withFunctionGraph(f, primals, { caller, hasAux }, (recorded) => {
    const directions = directionsOf(recorded.primals, tangents, `${caller}: tangents`);
    const outputs = tf.tidy(() => {
      const joint = recordJvp(recorded, directions);
      try {
        return runBody(joint, [...recorded.parameters(), ...directions.filter((each) => each !== undefined)]);
      } finally {
        joint.dispose();
      }
    });
    const { out, aux, changes } = finishJvp(recorded, outputs);
    return hasAux ? [out, changes, aux] : [out, changes];
  });
}

/**
 * The function together with its derivative. Parameters: those of its graph, then the directions that are there.
 * Outputs: those of its graph, then what each tensor of `out` that can be differentiated changes by.
 *
 * @param isApart whether the function's own outputs must not depend on directions
 */
export function recordJvp(
  { body, out }: FunctionGraph,
  directions: readonly (tf.Tensor | undefined)[],
  isApart = false,
): ReturnType<typeof recordBody> {
  const { graph } = body;
  const count = graph.parameters.length;
  const given = directions.flatMap((direction, i) => (direction ? [i] : []));
  return recordBody(
    (...tensors) => {
      const found = graph.parameters.map((_, i) => {
        const place = given.indexOf(i);
        return place < 0 ? undefined : tensors[count + place];
      });
      const { outputs, tangents } = jvpGraph(graph, tensors.slice(0, count), found, isApart);
      // The first outputs are the tensors of `out`.
      const changes = outputs
        .slice(0, out.tensors.length)
        .flatMap((output, i) => (out.isFloat[i] ? [tangents[i] ?? tf.zerosLike(output)] : []));
      return distinct([...outputs, ...changes]);
    },
    [...graph.parameters, ...given.map((i) => directions[i]!)],
    { caller: `jvp(${graph.name})`, name: graph.name },
  );
}

/** What the outputs of a function that was recorded with its derivative stand for. */
function finishJvp(
  recorded: FunctionGraph,
  outputs: readonly tf.Tensor[],
): { readonly out: unknown; readonly aux: unknown; readonly changes: unknown } {
  const count = recorded.body.graph.outputs.length;
  return {
    ...finishFunction(recorded, outputs.slice(0, count)),
    changes: changesOf(recorded, outputs.slice(count)),
  };
}

/** What `out` changes by, in its form. */
export function changesOf({ out }: FunctionGraph, tensors: readonly tf.Tensor[]): unknown {
  let next = 0;
  return out.derivatives(out.isFloat.map((isFloat) => (isFloat ? tensors[next++] : undefined)));
}

/** `tensors`, of which none comes twice: results of recorded functions come once each. */
export function distinct(tensors: readonly tf.Tensor[]): tf.Tensor[] {
  return tensors.map((tensor, i) => (tensors.indexOf(tensor) < i ? tf.clone(tensor) : tensor));
}
