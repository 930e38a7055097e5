/** @file Gradients of functions with any results: reverse mode. */
import { DISPOSE } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions } from "../../checked-arguments.ts";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { splitGraph } from "../../trace/partial.ts";
import { recordBody, type RecordedBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { tapeVjp } from "../../trace/tape-vjp.ts";
import { directionsOf } from "./directions.ts";
import { type AuxOptions, finishFunction, type FunctionGraph, withFunctionGraph } from "./function-graph.ts";
import { distinct } from "./jvp.ts";
import type { Derivative, Direction } from "./types.ts";

/** A linear function that goes back, or on: it keeps tensors, which its scope frees, or `dispose`. */
export interface LinearMap<In, Out> {
  (given: In): Out;
  /** Frees what it keeps. To be called where no `tf.tidy` or `scope` does it. */
  dispose(): void;
  /** As `dispose`. */
  [DISPOSE](): void;
}

/**
 * What `f` gives for the arguments `primals`, and the function from the gradient of a loss with respect to that to its
 * gradients with respect to each argument: `[out, pullback]`, with `hasAux` `[out, pullback, aux]`. `f` runs once; the
 * function may be called often.
 *
 * Arguments and results are tensors, Modules, States, and trees of them. A Module gets a State of all its float32
 * Variables, batch statistics included: zeros for what the result does not depend on. Integers get undefined. `f` is
 * recorded: it can read no value.
 *
 * ```ts
 * const [y, pullback] = vjp((model: Linear, x: tf.Tensor) => model.forward(x), [model, x]);
 * const [modelGrads, dx] = pullback(tf.onesLike(y));
 * ```
 *
 * @throws InvalidArgumentError for arguments, and gradients, that do not fit or were disposed of, and for a call of the
 *   pullback after its `dispose`
 * @see jax.vjp
 */
export function vjp<Args extends unknown[], Out, Aux>(
  f: (...args: Args) => readonly [Out, Aux],
  primals: readonly [...Args],
  options: AuxOptions<true> & { hasAux: true },
): [Out, LinearMap<Direction<Out>, Derivative<Args>>, Aux];
export function vjp<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  primals: readonly [...Args],
  options?: AuxOptions<false>,
): [Out, LinearMap<Direction<Out>, Derivative<Args>>];
export function vjp(
  f: (...args: never[]) => unknown,
  primals: readonly unknown[],
  options: AuxOptions<boolean> = {},
): unknown[] {
  assertFunction(f, "vjp", "vjp((x) => tf.square(x), [x])");
  assertKnownOptions(options, ["hasAux"], "vjp");
  return vjpAs("vjp", f, primals, options);
}

/** {@link vjp} for what errors call `caller`. */
export function vjpAs(
  caller: string,
  f: (...args: never[]) => unknown,
  primals: readonly unknown[],
  { hasAux = false }: AuxOptions<boolean> = {},
): unknown[] {
  return withFunctionGraph(f, primals, { caller, hasAux }, (recorded) => {
    const { body, out } = recorded;
    const joint = recordVjp(recorded);
    const floats = out.tensors.filter((_, i) => out.isFloat[i]);
    const { outputs, later } = runFirst(joint, recorded, {
      late: floats.length,
      outputs: body.graph.outputs.length,
      what: `${caller}: expected a pullback`,
    });
    const { out: result, aux } = finishFunction(recorded, outputs);
    const pull = (given: unknown): unknown => {
      const cotangents = directionsOf(out, given, `${caller}: gradient`);
      const gradients = tf.tidy(() =>
        later.run(
          floats.map((_, i) => {
            const place = indexOfFloat(out.isFloat, i);
            return cotangents[place] ?? tf.zeros(body.graph.outputs[place]!.value.shape as number[]);
          }),
        ),
      );
      let next = 0;
      return recorded.primals.derivatives(
        recorded.primals.isFloat.map((is) => (is ? gradients[next++] : undefined)),
      );
    };
    const pullback = Object.assign(pull, { dispose: later.dispose, [DISPOSE]: later.dispose });
    return hasAux ? [result, pullback, aux] : [result, pullback];
  });
}

/** The index of the float32 tensor number `n`. */
function indexOfFloat(isFloat: readonly boolean[], n: number): number {
  let seen = -1;
  return isFloat.findIndex((is) => is && ++seen === n);
}

/**
 * The function together with its gradients. Parameters: those of its graph, then the gradients of the float32 tensors of
 * `out`. Outputs: those of its graph, then the gradients of the float32 tensors of the arguments.
 */
export function recordVjp({ body, primals, out }: FunctionGraph): RecordedBody {
  const { graph } = body;
  const count = graph.parameters.length;
  const cotangents = graph.outputs.slice(0, out.tensors.length).filter((_, i) => out.isFloat[i]);
  const wanted = primals.tensors.flatMap((_, i) => (primals.isFloat[i] ? [i] : []));
  return recordBody(
    (...tensors) => {
      const given = tensors.slice(0, count);
      const { outputs, gradients } = tapeVjp(
        (xs) => {
          const changed = [...given];
          for (const [i, place] of wanted.entries()) changed[place] = xs[i]!;
          return replay(graph, changed);
        },
        wanted.map((place) => given[place]!),
        (results) => {
          let next = count;
          return results.map((_, i) => (out.isFloat[i] ? tensors[next++] : undefined));
        },
      );
      return distinct([
        ...outputs,
        ...gradients.map((gradient, i) => gradient ?? tf.zerosLike(given[wanted[i]!]!)),
      ]);
    },
    [...graph.parameters, ...cotangents.map(({ value }) => value)],
    { caller: `vjp(${graph.name})`, name: graph.name },
  );
}

/** The part of a recorded function that waits for its last arguments. */
export interface Later {
  /**
   * The outputs that are wanted later, for the arguments that are given later.
   *
   * @throws InvalidArgumentError when it was disposed of
   */
  readonly run: (given: readonly tf.Tensor[]) => tf.Tensor[];
  readonly dispose: () => void;
}

/**
 * Runs what of `joint` depends on its first arguments.
 *
 * @param options how many arguments come `late`, after the others; how many `outputs` are given now; and how an error
 *   begins about one that waits no more
 */
export function runFirst(
  joint: RecordedBody,
  { body: { graph }, parameters }: FunctionGraph,
  { late, outputs: count, what }: { readonly late: number; readonly outputs: number; readonly what: string },
): { readonly outputs: tf.Tensor[]; readonly later: Later } {
  const start = graph.parameters.length;
  const { first, later } = splitGraph(
    joint.graph,
    (i) => i >= start && i < start + late,
    (i) => i >= count && i < joint.resultCount,
  );
  const results = tf.tidy(() => replay(first, [...parameters(), ...joint.surroundings()]));
  const known = joint.graph.outputs.length - (joint.resultCount - count);
  joint.write(results.slice(count, known));
  joint.dispose();
  const residuals = results.slice(known);
  let isDisposed = false;
  return {
    outputs: results.slice(0, count),
    later: {
      run(given) {
        if (isDisposed || residuals.some((residual) => residual.isDisposed)) {
          throw new InvalidArgumentError(
            `${what} that keeps what it needs, found one that was disposed of, by dispose or at the end of the tidy or ` +
              `scope that it was made in. Dispose of it after the last call.`,
          );
        }
        return replay(later, [...given, ...residuals]);
      },
      dispose() {
        isDisposed = true;
        for (const residual of residuals) residual.dispose();
      },
    },
  };
}
