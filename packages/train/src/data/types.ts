/** @file What data can be made of, and what batches of them are. */
import type * as tf from "@tensorflow/tfjs-core";

/** A tensor, or objects and arrays of tensors; what `loader` takes has one leading size in common. */
export type TensorTree =
  | tf.Tensor
  | readonly TensorTree[]
  | {
      readonly [name: string]: TensorTree;
    };

/** Typed arrays whose numbers a tensor can hold. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** Where the examples of a pass come from, one after the other. */
export type Examples<Example = unknown> =
  Iterable<Example> | AsyncIterable<Example> | ReadableStream<Example>;

/**
 * What `loader` reads from: examples in an array; a typed array, of which each number is an example; a tensor or an object
 * of tensors, of which each row is one; anything that can be iterated; or a function that begins each pass anew.
 */
export type Source =
  | readonly unknown[]
  | NumberArray
  | tf.Tensor
  | { readonly [name: string]: TensorTree }
  | Examples
  | ((epoch: number) => Examples | Promise<Examples>);

/** A tensor without its leading axis. */
type Row<T extends tf.Tensor> =
  T extends tf.Tensor<infer R>
    ? tf.Rank extends R
      ? tf.Tensor
      : R extends keyof RowRanks
        ? tf.Tensor<RowRanks[R]>
        : tf.Tensor
    : never;
interface RowRanks {
  R1: tf.Rank.R0;
  R2: tf.Rank.R1;
  R3: tf.Rank.R2;
  R4: tf.Rank.R3;
  R5: tf.Rank.R4;
  R6: tf.Rank.R5;
}

/** Tensors stacked along a new leading axis. */
type Stacked<T extends tf.Tensor> =
  T extends tf.Tensor<infer R>
    ? tf.Rank extends R
      ? tf.Tensor
      : R extends keyof StackedRanks
        ? tf.Tensor<StackedRanks[R]>
        : tf.Tensor
    : never;
interface StackedRanks {
  R0: tf.Rank.R1;
  R1: tf.Rank.R2;
  R2: tf.Rank.R3;
  R3: tf.Rank.R4;
  R4: tf.Rank.R5;
  R5: tf.Rank.R6;
}

type RowsOf<Tree> = Tree extends tf.Tensor
  ? Row<Tree>
  : Tree extends object
    ? { [Name in keyof Tree]: RowsOf<Tree[Name]> }
    : never;

/** One example of a source. */
export type ExampleOf<S> = S extends (epoch: never) => infer Made
  ? ItemOf<Awaited<Made>>
  : S extends tf.Tensor
    ? Row<S>
    : ItemOf<S>;

type ItemOf<S> = S extends NumberArray
  ? number
  : S extends readonly (infer Item)[]
    ? Item
    : S extends AsyncIterable<infer Item>
      ? Item
      : S extends Iterable<infer Item>
        ? Awaited<Item>
        : S extends ReadableStream<infer Item>
          ? Item
          : S extends object
            ? RowsOf<S>
            : never;

/**
 * Examples put together: numbers, booleans, typed arrays, arrays of numbers and tensors as tensors with one axis more in
 * front; objects and tuples part by part; everything else, such as texts, in an array.
 */
export type BatchOf<Example> = [Example] extends [number | boolean]
  ? tf.Tensor1D
  : Example extends tf.Tensor
    ? Stacked<Example>
    : Example extends NumberArray | readonly (number | boolean)[]
      ? tf.Tensor2D
      : Example extends readonly (readonly (number | boolean)[])[]
        ? tf.Tensor3D
        : Example extends readonly (readonly (readonly (number | boolean)[])[])[]
          ? tf.Tensor4D
          : Example extends readonly unknown[]
            ? { -readonly [Index in keyof Example]: BatchOf<Example[Index]> }
            : IsRecord<Example> extends true
              ? { -readonly [Name in keyof Example]: BatchOf<Example[Name]> }
              : Example[];

/** Whether a type is that of a plain object, as far as types tell. */
type IsRecord<T> = T extends string | bigint | symbol | null | undefined | ((...args: never) => unknown)
  ? false
  : T extends Date | Map<unknown, unknown> | Set<unknown> | Blob | ArrayBufferLike | RegExp | URL
    ? false
    : T extends object
      ? true
      : false;

/** Which examples of a batch count: bool `[batchSize]`, false for those that only fill the last batch up. */
export type Mask = tf.Tensor1D;

/** A batch with its mask: under the name `mask` in a batch that is an object, beside any other. */
export type Masked<Batch> = Batch extends tf.Tensor | readonly unknown[]
  ? { batch: Batch; mask: Mask }
  : Batch & { mask: Mask };

/**
 * The dtype that numbers become, for all or by name. Unless given the first example of a batch decides: numbers are
 * `"float32"`, typed arrays of integers `"int32"`, booleans `"bool"`. A number that the dtype cannot hold, such as 0.5
 * or 3000000000 as int32, is an error that names its example: nothing is rounded or cut off. (float32 rounds, as floats
 * do.)
 */
export type Dtypes<Example> =
  | "float32"
  | "int32"
  | "bool"
  | (Example extends tf.Tensor | NumberArray | readonly number[]
      ? never
      : Example extends object
        ? { readonly [Name in keyof Example]?: Dtypes<Example[Name]> }
        : never);
