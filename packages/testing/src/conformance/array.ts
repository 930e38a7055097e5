/** @file Plain arrays as the oracles use them: values in row-major order, with a shape and a dtype. */

/** The dtypes that the conformance run covers. */
export type Dtype = "float32" | "int32" | "bool";

/** A tensor as plain data. Values are what the dtype can hold. */
export interface Plain {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What an oracle answers: float32 values are not rounded yet. */
export interface Expected extends Plain {
  /**
   * For each value, what errors are relative to where it is not the value itself: of a sum, the sum of the terms'
   * sizes.
   */
  readonly scale?: readonly number[];
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** The index along every axis of each element, in row-major order. */
export function indicesOf(shape: readonly number[]): number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, place) => {
    const index: number[] = [];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = place % shape[axis]!;
      place = Math.floor(place / shape[axis]!);
    }
    return index;
  });
}

/** Where the element at `index` stands. */
export function placeOf(index: readonly number[], shape: readonly number[]): number {
  return shape.reduce((place, length, axis) => place * length + index[axis]!, 0);
}

/** The element at `index`. */
export function at({ values, shape }: Plain, index: readonly number[]): number {
  return values[placeOf(index, shape)]!;
}

/** The array of `f` of each index. */
export function build(dtype: Dtype, shape: readonly number[], f: (index: number[]) => number): Plain {
  return { dtype, shape, values: indicesOf(shape).map(f) };
}

/** The array of `f` of each value. */
export function map(x: Plain, f: (value: number) => number, dtype = x.dtype): Plain {
  return { dtype, shape: x.shape, values: x.values.map(f) };
}

/** Float32 data; the numbers are rounded to it. */
export function f32(shape: readonly number[], values: readonly number[]): Plain {
  return { dtype: "float32", shape, values: values.map(Math.fround) };
}

export function i32(shape: readonly number[], values: readonly number[]): Plain {
  return { dtype: "int32", shape, values };
}

export function bool(shape: readonly number[], values: readonly number[]): Plain {
  return { dtype: "bool", shape, values };
}

/** A negative axis from the end. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The shape that broadcasting gives. */
export function broadcastShape(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) =>
    shapes
      .map((shape) => shape[axis - rank + shape.length] ?? 1)
      .reduce((length, other) => (length === 1 ? other : length)),
  );
}

/** The element of `x` that broadcasting puts at `index`. */
export function broadcastAt(x: Plain, index: readonly number[]): number {
  const offset = index.length - x.shape.length;
  return at(
    x,
    x.shape.map((length, axis) => (length === 1 ? 0 : index[axis + offset]!)),
  );
}
