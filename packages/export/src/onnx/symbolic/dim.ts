/** @file Sizes that may depend on the size of the batch. */

/** `scale * batch + offset`, with a scale that is not 0. */
export interface BatchDim {
  readonly scale: number;
  readonly offset: number;
}

/** A size, or another whole number that depends on sizes. */
export type Dim = number | BatchDim;

/** Sizes of all axes. */
export type Dims = readonly Dim[];

/** Whether it is the same number for each batch. */
export function isStatic(dim: Dim): dim is number {
  return typeof dim === "number";
}

/** Whether all are. */
export function areStatic(dims: Dims): dims is readonly number[] {
  return dims.every(isStatic);
}

/** Whether both are the same for each batch. */
export function isSameDim(a: Dim, b: Dim): boolean {
  if (isStatic(a) || isStatic(b)) return a === b;
  return a.scale === b.scale && a.offset === b.offset;
}

/** Whether two shapes are the same for each batch. */
export function isSameShape(a: Dims, b: Dims): boolean {
  return a.length === b.length && a.every((dim, i) => isSameDim(dim, b[i]!));
}

/** `a + b`. */
export function plus(a: Dim, b: Dim): Dim {
  const [x, y] = [asBatchDim(a), asBatchDim(b)];
  return simplified({ scale: x.scale + y.scale, offset: x.offset + y.offset });
}

/** `a * factor`. */
export function times(a: Dim, factor: number): Dim {
  const { scale, offset } = asBatchDim(a);
  return simplified({ scale: scale * factor, offset: offset * factor });
}

/** Of shapes that broadcast to each other, the shape of the result. */
export function broadcastDims(shapes: readonly Dims[]): Dims {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.flatMap((shape) => shape[axis - (rank - shape.length)] ?? []);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

/** The number of elements, if it is the same for each batch. */
export function sizeOf(dims: Dims): number | undefined {
  return areStatic(dims) ? dims.reduce((product, size) => product * size, 1) : undefined;
}

function asBatchDim(dim: Dim): BatchDim {
  return isStatic(dim) ? { scale: 0, offset: dim } : dim;
}

function simplified(dim: BatchDim): Dim {
  return dim.scale === 0 ? dim.offset : dim;
}
