/** @file Products as data: what convolutions, their gradients and products of matrices have in common. */
import type { Buffer, Expr } from "../../../expr/expr.ts";

/**
 * Part of a coordinate: a coordinate is written as a number with digits of several bases, and each digit moves the
 * place of an element by `stride`, and its position along a padded axis, if it has one, by `step`.
 */
export interface Digit {
  readonly size: number;
  readonly stride: number;
  /** Number of the padded axis, and how far one moves along it. */
  readonly axis?: number | undefined;
  readonly step?: number | undefined;
}

/** A coordinate, outermost digit first. */
export type Coordinate = readonly Digit[];

/** An axis on which only positions from 0 to `size - 1` have elements; elsewhere they are 0. */
export interface PaddedAxis {
  readonly size: number;
  /** The position where all digits are 0. */
  readonly start: number;
  /**
   * Where elements lie apart: how far, in positions, and the distance from one to the next in the buffer, by which the
   * place moves instead of by the digits' strides. Positions between elements have none.
   */
  readonly apart?: { readonly positions: number; readonly stride: number } | undefined;
}

/** One side of a product: an element for each kept coordinate (a row of `a`, a column of `b`) and each term. */
export interface Operand {
  readonly buffer: Buffer;
  /** Of the element where all digits are 0; may be negative where that one is padding. */
  readonly offset: number;
  readonly kept: Coordinate;
  readonly terms: Coordinate;
  /** Of `a` in a product of one row: what the columns move, where each has terms of its own. */
  readonly across?: Coordinate | undefined;
  readonly axes: readonly PaddedAxis[];
  /**
   * What elements are computed from instead of being read from `buffer`, as a function of the place of an element
   * that would have been read there.
   */
  readonly expr?: Expr | undefined;
}

/** A dimension that many products run over; elements from one to the next. */
interface ProductBatch {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** `c[row, column] = sum over terms of a[row, term] * b[term, column]`, float32, for each batch. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: readonly ProductBatch[];
  readonly a: Operand;
  readonly b: Operand;
  /** Where results go, from their buffer's beginning. */
  readonly c: { readonly offset: number; readonly rows: Coordinate; readonly columns: Coordinate };
  /** Whether operands may be held as float16. */
  readonly mayHalve?: boolean | undefined;
}

/** A coordinate of one digit. */
export function line(size: number, stride: number): Coordinate {
  return [{ size, stride }];
}

/** How many products. */
export function batchesOf({ batch }: Pick<Product, "batch">): number {
  return batch.reduce((all, { size }) => all * size, 1);
}

/** Additions and multiplications. */
export function flopsOf(product: Product): number {
  return 2 * batchesOf(product) * product.m * product.n * product.k;
}

/** The same results with rows and columns exchanged. */
export function exchanged({ m, n, a, b, c, batch, k }: Product): Product {
  return {
    m: n,
    n: m,
    k,
    batch: batch.map((dimension) => ({ ...dimension, a: dimension.b, b: dimension.a })),
    a: b,
    b: a,
    c: { offset: c.offset, rows: c.columns, columns: c.rows },
  };
}

/** The same coordinate in as few digits as possible. */
export function joined(coordinate: Coordinate): Coordinate {
  const digits: Digit[] = [];
  for (const digit of coordinate) {
    if (digit.size === 1) continue;
    const outer = digits.at(-1);
    const fits =
      outer &&
      outer.axis === digit.axis &&
      outer.stride === digit.size * digit.stride &&
      (outer.step ?? 0) === digit.size * (digit.step ?? 0);
    if (fits) digits[digits.length - 1] = { ...digit, size: outer.size * digit.size };
    else digits.push(digit);
  }
  return digits;
}

/** The coordinate with all strides multiplied. */
export function scaled(coordinate: Coordinate, factor: number): Coordinate {
  return coordinate.map((digit) => ({ ...digit, stride: digit.stride * factor }));
}

/** The same results as columns of one row, which do not share anything: across rows, then batches. */
export function flattened({ m, n, k, batch, a, b, c }: Product): Product {
  const over = (operand: "a" | "b" | "c", rows: Coordinate, columns: Coordinate) =>
    joined([...batch.map((one) => ({ size: one.size, stride: one[operand] })), ...rows, ...columns]);
  return {
    m: 1,
    n: batchesOf({ batch }) * m * n,
    k,
    batch: [],
    a: { ...a, kept: [], across: over("a", a.kept, line(n, 0)) },
    b: { ...b, kept: over("b", line(m, 0), b.kept) },
    c: { offset: c.offset, rows: [], columns: over("c", c.rows, c.columns) },
  };
}

/** Whether elements that follow each other along `coordinate` lie side by side. */
export function isDense(coordinate: Coordinate): boolean {
  const last = coordinate.filter(({ size }) => size > 1).at(-1);
  return last?.stride === 1;
}
