/** @file Puts the elements of an array into another order of axes. */

type Elements = Float32Array | Int32Array | Uint8Array;

/** Rows and columns of the rectangles in which elements change places, so that what is read and written stays cached. */
const ROWS = 32;
const COLUMNS = 8;

/**
 * Writes the elements of `from` into `into` with the axes in another order.
 *
 * @param shape the sizes of the axes of `from`, row-major
 * @param order axis `i` of `into` is axis `order[i]` of `from`
 */
export function permute(
  from: Elements,
  into: Elements,
  shape: readonly number[],
  order: readonly number[],
): void {
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
      const bottom = Math.min(rows, top + ROWS);
      for (let left = 0; left < columns; left += COLUMNS) {
        let [to, start] = [begin + top * rowStride + left, source + top * rowStep + left * columnStep];
        if (left + COLUMNS <= columns) {
          for (let row = top; row < bottom; row++, to += rowStride, start += rowStep) {
            // One by one, because a loop takes longer.
            into[to] = from[start]!;
            into[to + 1] = from[start + columnStep]!;
            into[to + 2] = from[start + 2 * columnStep]!;
            into[to + 3] = from[start + 3 * columnStep]!;
            into[to + 4] = from[start + 4 * columnStep]!;
            into[to + 5] = from[start + 5 * columnStep]!;
            into[to + 6] = from[start + 6 * columnStep]!;
            into[to + 7] = from[start + 7 * columnStep]!;
          }
          continue;
        }
        for (let row = top; row < bottom; row++, to += rowStride, start += rowStep) {
          for (let i = 0; i < columns - left; i++) into[to + i] = from[start + i * columnStep]!;
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

/** How far apart neighbours along an axis lie. */
function stride(shape: readonly number[], axis: number): number {
  return shape.slice(axis + 1).reduce((product, length) => product * length, 1);
}
