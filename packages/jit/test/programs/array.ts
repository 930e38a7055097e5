/** @file Arrays of 64-bit numbers: the exact arithmetic that random programs are measured by. */

/** Numbers in row-major order. */
export interface Array64 {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** An array from the value at each index. */
export function generate(shape: readonly number[], at: (index: readonly number[]) => number): Array64 {
  const data = Array.from({ length: sizeOf(shape) }, (_, flat) => at(indexOf(flat, shape)));
  return { shape, data };
}

/** The element at an index; axes of size 1, and missing ones in front, are broadcast. */
export function read({ shape, data }: Array64, index: readonly number[]): number {
  let flat = 0;
  for (const [axis, length] of shape.entries()) {
    const i = index[index.length - shape.length + axis]!;
    flat = flat * length + (length === 1 ? 0 : i);
  }
  return data[flat]!;
}

/** The shape of two shapes broadcast together; undefined where they do not fit. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 1; i <= rank; i++) {
    const [m = 1, n = 1] = [a.at(-i), b.at(-i)];
    if (m !== n && m !== 1 && n !== 1) return undefined;
    shape.unshift(Math.max(m, n));
  }
  return shape;
}

/** `combine` over an axis, which is kept with size 1. */
export function reduceAxis(x: Array64, axis: number, combine: (values: number[]) => number): Array64 {
  const shape = x.shape.map((length, i) => (i === axis ? 1 : length));
  return generate(shape, (index) =>
    combine(
      Array.from({ length: x.shape[axis]! }, (_, k) =>
        read(
          x,
          index.map((i, at) => (at === axis ? k : i)),
        ),
      ),
    ),
  );
}

function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}
