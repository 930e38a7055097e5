/** @file Types of derivatives. */
import type * as tf from "@tensorflow/tfjs-core";
import type { State } from "../../graph/state.ts";
import type { Pytree } from "../../module/pytree.ts";
import type { Variable } from "../../variable/variable.ts";

/**
 * What stands for the derivative of a `T`, or for a direction in which it changes: a tensor for a tensor, a State for a
 * Module, a State or a Variable, the same tree for trees of those, and undefined for what is not differentiated.
 */
export type Derivative<T> = T extends tf.Tensor
  ? T
  : T extends State | Pytree | Variable
    ? State<Variable>
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: Derivative<T[K]> }
      : T extends ReadonlyMap<infer K, infer V>
        ? Map<K, Derivative<V>>
        : T extends (...args: never[]) => unknown
          ? undefined
          : T extends object
            ? { -readonly [K in keyof T]: Derivative<T[K]> }
            : undefined;

/** A direction: a {@link Derivative} that may lack what does not change. A Module stands for its Variables. */
export type Direction<T> = T extends tf.Tensor
  ? T | tf.Tensor | undefined
  : T extends State | Pytree | Variable
    ? State | T | undefined
    : T extends readonly unknown[]
      ? { readonly [K in keyof T]: Direction<T[K]> } | undefined
      : T extends ReadonlyMap<infer K, infer V>
        ? ReadonlyMap<K, Direction<V>> | undefined
        : T extends object
          ? { readonly [K in keyof T]?: Direction<T[K]> } | undefined
          : undefined;
