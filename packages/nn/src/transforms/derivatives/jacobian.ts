/** @file Whole Jacobians: a derivative for each element of the arguments, or a gradient for each of the result. */
import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions } from "../../checked-arguments.ts";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import type { State } from "../../graph/state.ts";
import type { Pytree } from "../../module/pytree.ts";
import type { RecordedBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { splitGraph } from "../../trace/partial.ts";
import type { Variable } from "../../variable/variable.ts";
import { batchGraph } from "../batching/batch-graph.ts";
import { type AuxOptions, finishFunction, type FunctionGraph, withFunctionGraph } from "./function-graph.ts";
import { disposeTensors } from "./dispose-tensors.ts";
import { recordJvp } from "./jvp.ts";
import { recordVjp } from "./vjp.ts";

/** One argument, or several, by index. */
type Indices = number | readonly number[];

/** Options of {@link jacfwd}, {@link jacrev} and {@link hessian}. */
export interface JacobianOptions<N extends Indices, Aux extends boolean = boolean> extends AuxOptions<Aux> {
  /** The arguments to differentiate with respect to: an index or an array of those. Default 0. */
  readonly argnums?: N | undefined;
}

/** The derivatives of one tensor with respect to an `A`: of the tensor's shape, then that of each tensor of `A`. */
export type Block<A> = A extends tf.Tensor
  ? tf.Tensor
  : A extends State | Pytree | Variable
    ? State<Variable>
    : A extends readonly unknown[]
      ? { -readonly [K in keyof A]: Block<A[K]> }
      : A extends ReadonlyMap<infer K, infer V>
        ? Map<K, Block<V>>
        : A extends object
          ? { -readonly [K in keyof A]: Block<A[K]> }
          : undefined;

/** Blocks for what `N` names. */
type Blocks<Args extends readonly unknown[], N extends Indices> = N extends readonly number[]
  ? { -readonly [K in keyof N]: N[K] extends keyof Args ? Block<Args[N[K]]> : Block<Args[number]> }
  : N extends keyof Args
    ? Block<Args[N]>
    : Block<Args[N & number]>;

/**
 * The form of `Out` with the {@link Block}s of each tensor in its place; a State becomes a `Map` from paths, such as
 * `lin1.kernel`.
 */
export type Jacobian<Out, Args extends readonly unknown[], N extends Indices> = Out extends tf.Tensor
  ? Blocks<Args, N>
  : Out extends State | Pytree | Variable
    ? Map<string, Blocks<Args, N>>
    : Out extends readonly unknown[]
      ? { -readonly [K in keyof Out]: Jacobian<Out[K], Args, N> }
      : Out extends ReadonlyMap<infer K, infer V>
        ? Map<K, Jacobian<V, Args, N>>
        : Out extends object
          ? { -readonly [K in keyof Out]: Jacobian<Out[K], Args, N> }
          : undefined;

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
  return jacobian(f, options, "jacfwd", (recorded) => {
    const { primals, out } = recorded;
    const inputs = floatsOf(primals);
    const outputs = floatsOf(out);
    const joint = recordJvp(
      recorded,
      primals.tensors.map((tensor, i) => (primals.isFloat[i] ? tensor : undefined)),
    );
    return columns(
      recorded,
      joint,
      inputs.map((i) => primals.tensors[i]!.shape),
      (i, changes) =>
        changes.map((change, o) => {
          const [from, to] = [primals.tensors[inputs[i]!]!.shape, out.tensors[outputs[o]!]!.shape];
          const [n, m] = [tf.util.sizeFromShape(from), tf.util.sizeFromShape(to)];
          return tf.reshape(tf.transpose(tf.reshape(change, [n, m])), [...to, ...from]);
        }),
    );
  });
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
  return jacobian(f, options, "jacrev", (recorded) => {
    const { primals, out } = recorded;
    const [inputs, outputs] = [floatsOf(primals), floatsOf(out)];
    const { results, found } = columns(
      recorded,
      recordVjp(recorded),
      outputs.map((o) => out.tensors[o]!.shape),
      (o, gradients) =>
        gradients.map((gradient, i) =>
          tf.reshape(gradient, [...out.tensors[outputs[o]!]!.shape, ...primals.tensors[inputs[i]!]!.shape]),
        ),
    );
    // By input, then output, as forward mode gives them.
    return { results, found: inputs.map((_input, i) => found.map((row) => row[i]!)) };
  });
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
  const rows = jacrev(f as (...args: unknown[]) => unknown, options as JacobianOptions<Indices, false>);
  const all = jacfwd(rows, options as JacobianOptions<Indices, false>);
  return all as unknown as (...args: Args) => Jacobian<Jacobian<Out, Args, N>, Args, N>;
}

/** What a Jacobian is made of: the outputs of the function, and for each input the block of each output. */
interface Found {
  readonly results: tf.Tensor[];
  readonly found: tf.Tensor[][];
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
  const indices: readonly number[] = typeof argnums === "number" ? [argnums] : argnums;
  return (...args) => {
    for (const index of indices) {
      if (Number.isInteger(index) && index >= 0 && index < args.length) continue;
      throw new InvalidArgumentError(
        `${caller}: expected argnums of ${args.length} arguments, found ${index}.`,
      );
    }
    const wanted = indices.map((index) => args[index]);
    // The arguments that are differentiated are those of the function that is recorded.
    const partial = (...given: unknown[]): unknown => {
      const all = [...args];
      for (const [i, index] of indices.entries()) all[index] = given[i];
      return f(...(all as never[]));
    };
    return withFunctionGraph(partial, wanted, { caller, hasAux }, (recorded) => {
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
}

/** Runs the rest of a linear function for each unit vector of each of its inputs, a batch for each input. */
function columns(
  { body, parameters }: FunctionGraph,
  joint: RecordedBody,
  shapes: readonly (readonly number[])[],
  blocksOf: (input: number, results: readonly tf.Tensor[]) => tf.Tensor[],
): Found {
  const start = body.graph.parameters.length;
  const count = body.graph.outputs.length;
  const { first, later } = splitGraph(
    joint.graph,
    (i) => i >= start && i < start + shapes.length,
    (i) => i >= count && i < joint.resultCount,
  );
  const results = replay(first, [...parameters(), ...joint.surroundings()]);
  const known = joint.graph.outputs.length - (joint.resultCount - count);
  joint.dispose();
  const residuals = results.slice(known);
  const found = shapes.map((shape, input) => {
    const size = tf.util.sizeFromShape([...shape]);
    if (size === 0) return blocksOf(input, emptyOf(later.outputs.map(({ value }) => value.shape)));
    const units = tf.reshape(unitVectors(size), [size, ...shape]);
    const given = shapes.map((other, i) =>
      i === input ? { tensor: units, isBatched: true } : { tensor: tf.zeros([...other]), isBatched: false },
    );
    const all = [...given, ...residuals.map((tensor) => ({ tensor, isBatched: false }))];
    const columnsOf = batchGraph(later, all, { size }).map(({ tensor, isBatched }) =>
      isBatched ? tensor : tf.tile(tf.expandDims(tensor, 0), [size, ...tensor.shape.map(() => 1)]),
    );
    return blocksOf(input, columnsOf);
  });
  return { results: results.slice(0, count), found };
}

/** The identity matrix, made on the device; `tf.oneHot` refuses one class. */
function unitVectors(size: number): tf.Tensor {
  return size === 1 ? tf.ones([1, 1]) : tf.oneHot(tf.range(0, size, 1, "int32"), size, 1, 0, "float32");
}

function emptyOf(shapes: readonly (readonly number[])[]): tf.Tensor[] {
  return shapes.map((shape) => tf.zeros([0, ...shape]));
}

function floatsOf({ isFloat }: { readonly isFloat: readonly boolean[] }): number[] {
  return isFloat.flatMap((is, i) => (is ? [i] : []));
}
