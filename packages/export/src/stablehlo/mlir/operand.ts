/** @file Tensors in MLIR: their types, and the names under which a function knows them. */

/** An element type of StableHLO that exported graphs use. `i1` holds truth values, `ui32` the words of random bits. */
export type ElementType = "f32" | "f64" | "i32" | "ui32" | "i1";

/** The type of a tensor. */
export interface TensorType {
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** A value of a function. */
export interface Operand extends TensorType {
  /** With its sign, such as `%12` or `%12#1`. */
  readonly name: string;
}

/** The type as text, such as `tensor<2x3xf32>`. */
export function typeText({ shape, type }: TensorType): string {
  return `tensor<${[...shape, type].join("x")}>`;
}

/** Integers of an attribute, such as `array<i64: 1, 2>`. */
export function arrayText(values: readonly number[]): string {
  return values.length === 0 ? "array<i64>" : `array<i64: ${values.join(", ")}>`;
}

/** Rows of two integers as an attribute. */
export function pairsText(pairs: readonly (readonly [number, number])[]): string {
  const rows = pairs.map(([before, after]) => `[${before}, ${after}]`);
  const body = rows.length === 0 ? "" : `[${rows.join(", ")}]`;
  return `dense<${body}> : tensor<${pairs.length}x2xi64>`;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
