/** @file Puts the elements of an array into another order of axes. */

/** Elements of any kind, as integers: engines that have not compiled a loop yet make an object of each float. */
export type Words = Int32Array | Uint8Array;

/** Rows and columns of the rectangles in which elements change places, so that what is read and written stays cached. */
const ROWS = 32;
const COLUMNS = 8;

/**
 * Writes the elements of `from` into `into` with the axes in another order.
 *
 * @param shape the sizes of the axes of `from`, row-major
 * @param order axis `i` of `into` is axis `order[i]` of `from`
 */
export function permute(from: Words, into: Words, shape: readonly number[], order: readonly number[]): void {
  const [sizes, steps] = [order.map((axis) => shape[axis]!), order.map((axis) => stride(shape, axis))];
  const last = sizes.length - 1;
  // Of the two axes whose neighbours lie side by side, in `into` and in `from`, rectangles are taken.
  const near = steps.findIndex((_, axis) => order[axis] === last);
  const [rows, columns] = near === last ? [1, sizes[last] ?? 1] : [sizes[near]!, sizes[last]!];
  const [rowStep, columnStep] = [steps[near] ?? 1, steps[last] ?? 1];
  const rowStride = near === last ? 0 : stride(sizes, near);
  const others = sizes.map((size, axis) => (axis === last || axis === near ? 1 : size));
  const at = others.map(() => 0);
  for (let [begin, source] = [0, 0]; source >= 0;) {
    for (let top = 0; top < rows; top += ROWS) {
      const count = Math.min(ROWS, rows - top);
      for (let left = 0; left < columns; left += COLUMNS) {
        const to = begin + top * rowStride + left;
        const start = source + top * rowStep + left * columnStep;
        if (left + COLUMNS <= columns) {
          moveEight(from, start, rowStep, columnStep, into, to, rowStride, count);
        } else {
          for (let row = 0; row < count; row++) {
            for (let i = 0; i < columns - left; i++) {
              into[to + row * rowStride + i] = from[start + row * rowStep + i * columnStep]!;
            }
          }
        }
      }
    }
    [begin, source] = next();
  }

  /** Where the next region begins in `into` and in `from`; -1 behind the last one. */
  function next(): [number, number] {
    for (let axis = last; axis >= 0; axis--) {
      if (++at[axis]! < others[axis]!) {
        const sum = (weights: (axis: number) => number) =>
          at.reduce((total, n, i) => total + n * weights(i), 0);
        return [sum((i) => stride(sizes, i)), sum((i) => steps[i]!)];
      }
      at[axis] = 0;
    }
    return [-1, -1];
  }
}

/**
 * Moves `count` rows of {@link COLUMNS} columns, which lie side by side in `into`. A function of its own with numbers as
 * arguments is compiled after few calls, and the moves stand one by one because a loop takes longer.
 */
function moveEight(
  from: Words,
  start: number,
  rowStep: number,
  columnStep: number,
  into: Words,
  to: number,
  rowStride: number,
  count: number,
): void {
  for (let row = 0; row < count; row++, to += rowStride, start += rowStep) {
    into[to] = from[start]!;
    into[to + 1] = from[start + columnStep]!;
    into[to + 2] = from[start + 2 * columnStep]!;
    into[to + 3] = from[start + 3 * columnStep]!;
    into[to + 4] = from[start + 4 * columnStep]!;
    into[to + 5] = from[start + 5 * columnStep]!;
    into[to + 6] = from[start + 6 * columnStep]!;
    into[to + 7] = from[start + 7 * columnStep]!;
  }
}

/** How far apart neighbours along an axis lie. */
function stride(shape: readonly number[], axis: number): number {
  return shape.slice(axis + 1).reduce((product, length) => product * length, 1);
}
