/** @file Whole Jacobians: a derivative for each element of the arguments, or a gradient for each of the result. */
import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions } from "../../checked-arguments.ts";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { State } from "../../graph/state.ts";
import { byInputs, byOutputs, floatsOf, type Found } from "./columns.ts";
import { disposeTensors } from "./dispose-tensors.ts";
import { finishFunction, type FunctionGraph, withFunctionGraph } from "./function-graph.ts";
import type { Indices, Jacobian, JacobianOptions } from "./jacobian-types.ts";
import { describe, isDifferentiated, placeIn, visitLeaves } from "./leaves.ts";

/**
 * A function that gives the Jacobian of `f`, by one derivative for each element of the arguments, all at once as `vmap`
 * would: for functions of few arguments. A block has the shape of the result, then that of the argument; a Module has a
 * State of them. With `hasAux`, `[jacobian, aux]`.
 *
 * ```ts
 * jacfwd((x: tf.Tensor) => tf.square(x))(tf.tensor1d([1, 2, 3])); // [3, 3]
 * ```
 *
 * @see jax.jacfwd
 */
export function jacfwd<Args extends unknown[], Out, Aux, const N extends Indices = 0>(
  f: (...args: Args) => readonly [Out, Aux],
  options: JacobianOptions<N, true> & { hasAux: true },
): (...args: Args) => [Jacobian<Out, Args, N>, Aux];
export function jacfwd<Args extends unknown[], Out, const N extends Indices = 0>(
  f: (...args: Args) => Out,
  options?: JacobianOptions<N, false>,
): (...args: Args) => Jacobian<Out, Args, N>;
export function jacfwd(
  f: (...args: never[]) => unknown,
  options: JacobianOptions<Indices> = {},
): (...args: unknown[]) => unknown {
  return jacobian(f, options, "jacfwd", byInputs);
}

/**
 * As {@link jacfwd}, by one gradient for each element of the result: for functions of many arguments.
 *
 * @see jax.jacrev
 */
export function jacrev<Args extends unknown[], Out, Aux, const N extends Indices = 0>(
  f: (...args: Args) => readonly [Out, Aux],
  options: JacobianOptions<N, true> & { hasAux: true },
): (...args: Args) => [Jacobian<Out, Args, N>, Aux];
export function jacrev<Args extends unknown[], Out, const N extends Indices = 0>(
  f: (...args: Args) => Out,
  options?: JacobianOptions<N, false>,
): (...args: Args) => Jacobian<Out, Args, N>;
export function jacrev(
  f: (...args: never[]) => unknown,
  options: JacobianOptions<Indices> = {},
): (...args: unknown[]) => unknown {
  return jacobian(f, options, "jacrev", byOutputs);
}

/**
 * A function that gives the second derivatives of `f`, forward over reverse: for a scalar of a tensor a tensor of twice
 * its shape. For a Module it is a `Map` from the path of a Param to a State, `hessian(f)(model).get("lin1.kernel")`.
 *
 * ```ts
 * hessian((x: tf.Tensor) => tf.sum(tf.pow(x, 3)))(tf.tensor1d([1, 2])); // [[6, 0], [0, 12]]
 * ```
 *
 * @see jax.hessian
 */
export function hessian<Args extends unknown[], Out, const N extends Indices = 0>(
  f: (...args: Args) => Out,
  options: JacobianOptions<N, false> = {},
): (...args: Args) => Jacobian<Jacobian<Out, Args, N>, Args, N> {
  assertFunction(f, "hessian", "hessian((x) => tf.sum(tf.square(x)))(x)");
  // Both have the arguments of `f`.
  const all = jacobian(jacobian(f, options, "hessian", byOutputs), options, "hessian", byInputs);
  return all as unknown as (...args: Args) => Jacobian<Jacobian<Out, Args, N>, Args, N>;
}

function jacobian(
  f: (...args: never[]) => unknown,
  options: JacobianOptions<Indices>,
  caller: string,
  compute: (recorded: FunctionGraph) => Found,
): (...args: unknown[]) => unknown {
  assertFunction(f, caller, `${caller}((x) => tf.square(x))(x)`);
  assertKnownOptions(options, ["argnums", "hasAux"], caller);
  const { argnums = 0, hasAux = false } = options;
  const indices: readonly unknown[] = Array.isArray(argnums) ? argnums : [argnums];
  const name = f.name || "anonymous";
  const differentiated = (...args: unknown[]): unknown => {
    assertIndices(indices, args.length, caller);
    const wanted = indices.map((index) => args[index]);
    // The arguments that are differentiated are those of the function that is recorded.
    const partial = (...given: unknown[]): unknown => {
      const all = [...args];
      for (const [i, index] of indices.entries()) all[index] = given[i];
      return f(...(all as never[]));
    };
    return withFunctionGraph(partial, wanted, { caller, hasAux, name }, (recorded) => {
      assertFloats(recorded, indices, caller);
      const { primals, out } = recorded;
      const count = recorded.body.graph.outputs.length;
      const [inputs, outputs] = [floatsOf(primals), floatsOf(out)];
      const flat = tf.tidy(() => {
        const { results, found } = compute(recorded);
        return [...results, ...found.flat()];
      });
      const { out: result, aux } = finishFunction(recorded, flat.slice(0, count));
      disposeTensors(result);
      const blocks = flat.slice(count);
      const blockOf = (output: number): unknown => {
        const o = outputs.indexOf(output);
        if (o < 0) return undefined;
        const own = primals.derivatives(
          primals.tensors.map((_tensor, i) =>
            inputs.includes(i) ? blocks[inputs.indexOf(i) * outputs.length + o] : undefined,
          ),
        ) as unknown[];
        return Array.isArray(argnums) ? own : own[0];
      };
      const found = out.blocks(blockOf);
      return hasAux ? [found, aux] : found;
    });
  };
  // For errors, where it is differentiated again.
  return Object.defineProperty(differentiated, "name", { value: name });
}

function assertIndices(
  indices: readonly unknown[],
  count: number,
  caller: string,
): asserts indices is readonly number[] {
  for (const [i, index] of indices.entries()) {
    const isIndex = Number.isInteger(index) && (index as number) >= 0 && (index as number) < count;
    if (!isIndex) {
      throw new InvalidArgumentError(
        `${caller}: expected argnums of ${count} arguments, found ${describe(index)}.`,
      );
    }
    if (indices.indexOf(index) === i) continue;
    throw new InvalidArgumentError(
      `${caller}: expected each argument once in argnums, found ${String(index)} twice.`,
    );
  }
}

/** @throws InvalidArgumentError for what has no Jacobian: integers, and what is no tensor */
function assertFloats({ primals, out }: FunctionGraph, indices: readonly number[], caller: string): void {
  visitLeaves(primals.leaves, ({ original }, [index, ...below]) => {
    const place = placeIn(`argument ${indices[index as number]}`, below);
    if (original instanceof tf.Tensor && original.dtype !== "float32") {
      throw new InvalidArgumentError(
        `${caller}: expected float32 tensors to differentiate, found ${describe(original)} for ${place}. Convert it: ` +
          `tf.cast(x, "float32").`,
      );
    }
    if (original instanceof tf.Tensor || isDifferentiated(original) || below.length > 0) return;
    throw new InvalidArgumentError(
      `${caller}: expected tensors or a model to differentiate, found ${describe(original)} for ${place}. Name the ` +
        `arguments: { argnums: 1 }.`,
    );
  });
  visitLeaves(out.leaves, ({ original }, path) => {
    const fits =
      original instanceof tf.Tensor
        ? original.dtype === "float32"
        : path.length > 0 || original instanceof State;
    if (fits) return;
    throw new InvalidArgumentError(
      `${caller}: expected a function that gives float32 tensors, found ${placeIn(describe(original), path)}. Convert ` +
        `it, or return it beside them: { hasAux: true }.`,
    );
  });
}
