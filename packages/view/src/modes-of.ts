/** @file The modes of a model as a type, found by walking the model's own type. */
import type { Module, Variable } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** Modes that are checked at run time only. */
export type OpenModes = Readonly<Record<string, unknown>>;

/**
 * The modes that `view` accepts for a model of type `T`: those of every `setView` found by walking the properties of
 * `T`, eight levels deep, through modules, arrays, tuples, `Map`s, `List`, `Dict` and plain objects. Each may be left
 * out, `undefined` (unchanged) or `null` (the declared default). When several modules have a mode of the same name,
 * its value must fit all of them.
 *
 * Where a class is not known (`Module`, `Layer`, `unknown`), other names compile too and are checked at run time. Not
 * seen are `private` and `protected` properties: pass the model as a `Module` then.
 */
export type ModesOf<T> = Merge<Found<T, MaxDepth>>;

type MaxDepth = [1, 1, 1, 1, 1, 1, 1, 1];
type Shallower<D extends unknown[]> = D extends [unknown, ...infer Rest] ? Rest : [];

declare const OPEN: unique symbol;
/** Stands among the parameters for a part of the tree whose class is not known. */
interface Open {
  readonly [OPEN]: true;
}

type Leaf = string | number | bigint | boolean | symbol | null | undefined | Variable | tf.Tensor;
// `never` parameters: every function is assignable to it.
type AnyFunction = (...args: never[]) => unknown;

/** What fits a property that may hold any layer. */
type AnyLayer = Module & { forward: AnyFunction };

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The parameters of all `setView` methods in `T`, as a union; with `Open` among them where a class is unknown. */
type Found<T, D extends unknown[]> = IsAny<T> extends true ? Open : D extends [] ? never : FoundIn<T, D>;

type FoundIn<T, D extends unknown[]> = T extends Leaf | AnyFunction
  ? never
  : AnyLayer extends T
    ? Open
    : T extends ReadonlyMap<unknown, infer V>
      ? Found<V, Shallower<D>>
      : T extends readonly (infer V)[]
        ? Found<V, Shallower<D>>
        : Own<T> | Found<T[keyof T], Shallower<D>>;

/** What the module itself accepts. */
type Own<T> = T extends { setView(modes: infer A): unknown }
  ? IsAny<A> extends true
    ? Open
    : unknown extends A
      ? never
      : NonNullable<A>
  : T extends Module
    ? never
    : T extends { forward: AnyFunction }
      ? Open
      : never;

type KeysOf<P> = P extends unknown ? keyof P : never;

/** The values of `K` in any member of `P`. */
type ValuesOf<P, K> = P extends unknown ? (K extends keyof P ? P[K] : never) : never;

/** The members of `P` that do not take the value `V` for `K`. */
type Refusing<P, K, V> = P extends unknown
  ? K extends keyof P
    ? V extends P[K]
      ? never
      : P
    : never
  : never;

/** Those of the values `V` that every member of `P` with `K` takes. */
type Fitting<P, K, V> = V extends unknown ? ([Refusing<P, K, V>] extends [never] ? V : never) : never;

/** The values of `K` that every module with such a mode takes. */
type ValueOf<P, K> = Fitting<P, K, Exclude<ValuesOf<P, K>, undefined>>;

// The mapped types are written out in the branches: editors show them as plain properties, not as an alias.
type Merge<P> = [Extract<P, Open>] extends [never]
  ? [KeysOf<P>] extends [never]
    ? { readonly [mode: string]: never }
    : { [K in KeysOf<P>]?: ValueOf<P, K> | null | undefined }
  : [KeysOf<Exclude<P, Open>>] extends [never]
    ? OpenModes
    : { [K in KeysOf<Exclude<P, Open>>]?: ValueOf<Exclude<P, Open>, K> | null | undefined } & OpenModes;
