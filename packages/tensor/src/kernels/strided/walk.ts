/** @file Walks through tensors in JavaScript by strides: broadcasts, slices, transposes, flips are all such walks. */

/** How one operand is read: where its first element lies, and how far apart neighbours along each axis lie. */
export interface Strides {
  start: number;
  steps: readonly number[];
}

/** The strides of a row-major tensor of `shape` that is broadcast to `to`: 0 along what is repeated. */
export function broadcastStrides(shape: readonly number[], to: readonly number[]): Strides {
  const own = rowMajor(shape);
  const lead = to.length - shape.length;
  return { start: 0, steps: to.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]!)) };
}

/** The strides of a row-major tensor. */
export function rowMajor(shape: readonly number[]): number[] {
  const steps: number[] = [];
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    steps[i] = step;
    step *= shape[i]!;
  }
  return steps;
}

/**
 * Calls `row` for each run of `shape`'s last axis, in row-major order.
 *
 * @param row Gets where the run begins in the output and in each of two operands.
 */
export function eachRow(
  shape: readonly number[],
  a: Strides,
  b: Strides,
  row: (output: number, a: number, b: number) => void,
): void {
  if (shape.includes(0)) return;
  const last = Math.max(0, shape.length - 1);
  const length = shape[last] ?? 1;
  const at = shape.slice(0, last).map(() => 0);
  let [ofA, ofB, output] = [a.start, b.start, 0];
  for (;;) {
    row(output, ofA, ofB);
    output += length;
    let axis = last - 1;
    for (; axis >= 0; axis--) {
      ofA += a.steps[axis]!;
      ofB += b.steps[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      at[axis] = 0;
      ofA -= a.steps[axis]! * shape[axis]!;
      ofB -= b.steps[axis]! * shape[axis]!;
    }
    if (axis < 0) return;
  }
}
