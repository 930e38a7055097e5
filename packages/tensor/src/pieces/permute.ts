/** @file Puts the elements of an array into another order of axes. */

type Elements = Float32Array | Int32Array | Uint8Array;

/** Side of the squares in which elements change places, so that what is read and what is written stay in the cache. */
const SIDE = 32;

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
  // Of the two axes whose neighbours lie side by side, in `into` and in `from`, squares are taken.
  const near = steps.findIndex((_, axis) => order[axis] === last);
  const [rows, columns] = near === last ? [1, sizes[last] ?? 1] : [sizes[near]!, sizes[last]!];
  const [rowStep, columnStep] = [steps[near] ?? 1, steps[last] ?? 1];
  const rowStride = near === last ? 0 : stride(sizes, near);
  const others = sizes.map((size, axis) => (axis === last || axis === near ? 1 : size));
  const at = others.map(() => 0);
  for (let [begin, source] = [0, 0]; source >= 0;) {
    for (let top = 0; top < rows; top += SIDE) {
      const bottom = Math.min(rows, top + SIDE);
      for (let left = 0; left < columns; left += SIDE) {
        const right = Math.min(columns, left + SIDE);
        for (let row = top; row < bottom; row++) {
          const [to, start] = [begin + row * rowStride, source + row * rowStep];
          for (let column = left; column < right; column++)
            into[to + column] = from[start + column * columnStep]!;
        }
      }
    }
    [begin, source] = next();
  }

  /** Where the next square region begins in `into` and in `from`; -1 behind the last one. */
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
