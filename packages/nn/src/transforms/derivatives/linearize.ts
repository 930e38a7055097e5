/** @file Derivatives in many directions at one point. */
import { DISPOSE } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions } from "../../checked-arguments.ts";
import { assertFunction } from "../../function-argument.ts";
import { directionsOf } from "./directions.ts";
import { type AuxOptions, finishFunction, withFunctionGraph } from "./function-graph.ts";
import { changesOf, recordJvp } from "./jvp.ts";
import type { Derivative, Direction } from "./types.ts";
import { type LinearMap, runFirst } from "./vjp.ts";

/**
 * What `f` gives for the arguments `primals`, and the linear function from what they change by to what that changes by:
 * `[out, linear]`, with `hasAux` `[out, linear, aux]`. As {@link jvp}, but `f` runs once, and only what depends on the
 * direction runs again for each. The linear function takes as many arguments as `f`.
 *
 * ```ts
 * const [y, linear] = linearize((x: tf.Tensor) => tf.sin(x), [x]);
 * const dy = linear(dx);
 * ```
 *
 * @throws InvalidArgumentError for what does not fit or was disposed of, and for a call of the linear function after its
 *   `dispose`; UnsupportedDerivativeError for an operation without a derivative
 * @see jax.linearize
 */
export function linearize<Args extends unknown[], Out, Aux>(
  f: (...args: Args) => readonly [Out, Aux],
  primals: readonly [...Args],
  options: AuxOptions<true> & { hasAux: true },
): [Out, LinearFunction<Args, Out>, Aux];
export function linearize<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  primals: readonly [...Args],
  options?: AuxOptions<false>,
): [Out, LinearFunction<Args, Out>];
export function linearize(
  f: (...args: never[]) => unknown,
  primals: readonly unknown[],
  options: AuxOptions<boolean> = {},
): unknown[] {
  assertFunction(f, "linearize", "linearize((x) => tf.square(x), [x])");
  assertKnownOptions(options, ["hasAux"], "linearize");
  const { hasAux = false } = options;
  return withFunctionGraph(f, primals, { caller: "linearize", hasAux }, (recorded) => {
    const { isFloat, tensors } = recorded.primals;
    const directions = tensors.map((tensor, i) => (isFloat[i] ? tensor : undefined));
    const late = directions.filter((each) => each !== undefined).length;
    const { outputs, later } = runFirst(recordJvp(recorded, directions, true), recorded, {
      late,
      outputs: recorded.body.graph.outputs.length,
      what: "linearize: expected a linear function",
    });
    const { out, aux } = finishFunction(recorded, outputs);
    const shapes = tensors.map(({ shape }) => shape);
    const map = (...given: unknown[]): unknown => {
      const found = directionsOf(recorded.primals, given, "linearize: tangents");
      const changes = tf.tidy(() =>
        later.run(found.flatMap((each, i) => (isFloat[i] ? [each ?? tf.zeros(shapes[i]!)] : []))),
      );
      return changesOf(recorded, changes);
    };
    const linear = Object.assign(map, { dispose: later.dispose, [DISPOSE]: later.dispose });
    return hasAux ? [out, linear, aux] : [out, linear];
  });
}

/** The derivative of a function at a point. */
export interface LinearFunction<Args extends unknown[], Out> extends Pick<
  LinearMap<never, never>,
  "dispose"
> {
  (...directions: Extract<Direction<Args>, readonly unknown[]>): Derivative<Out>;
  /** As `dispose`. */
  [DISPOSE](): void;
}
