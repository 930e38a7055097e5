/** @file The type of what functions of loops return. */
import type * as tf from "@tensorflow/tfjs-core";
import type { State } from "../../graph/state.ts";
import type { Pytree } from "../../module/pytree.ts";
import type { Variable } from "../../variable/variable.ts";

/** Anything; a list that is written in place is a tuple. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- a generic type without a constraint fits it
export type Carried = [] | NonNullable<unknown> | null | undefined;

/**
 * The next carry of a loop that carries a `C`, as a function may return it: of tensors that have lost their rank, as most
 * operations of TensorFlow.js type what they give. The loop checks shapes.
 */
export type Returned<C> = C | Unranked<C>;

type Unranked<T> = T extends tf.Tensor
  ? tf.Tensor
  : T extends Pytree | State | Variable
    ? T
    : T extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<K, Unranked<V>>
      : T extends object
        ? { readonly [K in keyof T]: Unranked<T[K]> }
        : T;
