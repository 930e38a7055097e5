/** @file Types of Jacobians. */
import type * as tf from "@tensorflow/tfjs-core";
import type { State } from "../../graph/state.ts";
import type { Pytree } from "../../module/pytree.ts";
import type { Variable } from "../../variable/variable.ts";
import type { AuxOptions } from "./function-graph.ts";

/** One argument, or several, by index. */
export type Indices = number | readonly number[];

/** Options of `jacfwd`, `jacrev` and `hessian`. */
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
