/** @file What an operation of random programs is, and ways to make one. */
import * as tf from "@tensorflow/tfjs-core";
import { type Array64, broadcast, generate, read, reduceAxis } from "../array.ts";

/** Two operands; operations on one take no notice of the second. */
export type Operands<T> = readonly [T, T];

/** An operation; `pick` is a number from 0 to 999 that decides what is free. */
export interface Operation {
  /** For messages. */
  readonly name: string;
  /** Whether it can be applied to operands of these shapes. */
  readonly fits: (...shapes: Operands<readonly number[]>) => boolean;
  readonly tensor: (pick: number, ...xs: Operands<tf.Tensor>) => tf.Tensor;
  readonly exact: (pick: number, ...xs: Operands<Array64>) => Array64;
}

export function unary(
  name: string,
  tensor: (x: tf.Tensor) => tf.Tensor,
  exact: (x: number) => number,
): Operation {
  return {
    name,
    fits: () => true,
    tensor: (_, x) => tensor(x),
    exact: (_, x) => ({ shape: x.shape, data: x.data.map(exact) }),
  };
}

export function binary(
  name: string,
  tensor: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  exact: (a: number, b: number) => number,
): Operation {
  return {
    name,
    fits: (a, b) => broadcast(a, b) !== undefined,
    tensor: (_, a, b) => tensor(a, b),
    exact: (_, a, b) => generate(broadcast(a.shape, b.shape)!, (i) => exact(read(a, i), read(b, i))),
  };
}

/** An operation along one axis, which `pick` chooses. */
export function along(
  name: string,
  tensor: (x: tf.Tensor, axis: number) => tf.Tensor,
  exact: (x: Array64, axis: number) => Array64,
): Operation {
  return {
    name,
    fits: (shape) => shape.length > 0,
    tensor: (pick, x) => tensor(x, pick % x.rank),
    exact: (pick, x) => exact(x, pick % x.shape.length),
  };
}

export function reduction(
  name: string,
  tensor: (x: tf.Tensor, axis: number, keepDims: boolean) => tf.Tensor,
  combine: (values: number[]) => number,
): Operation[] {
  return [true, false].map((keepDims) =>
    along(
      keepDims ? `${name} kept` : name,
      (x, axis) => tensor(x, axis, keepDims),
      (x, axis) => {
        const { shape, data } = reduceAxis(x, axis, combine);
        return { shape: keepDims ? shape : shape.filter((_, i) => i !== axis), data };
      },
    ),
  );
}

export const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

/** As an array of the same shape, with the elements found elsewhere. */
export function moved(
  x: Array64,
  shape: readonly number[],
  from: (index: readonly number[]) => number[],
): Array64 {
  return generate(shape, (index) => read(x, from(index)));
}

export function replaced(index: readonly number[], axis: number, by: number): number[] {
  return index.map((i, at) => (at === axis ? by : i));
}

export const half = (length: number) => Math.ceil(length / 2);
