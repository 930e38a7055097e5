/** @file What a matrix product is asked to do. */

/** Elements from one row, and from one column, to the next. */
export interface Strides {
  readonly row: number;
  readonly column: number;
}

/**
 * How a matrix is packed: in strips of `4 * vectors` columns one after the other, each with its lines, which end with
 * zeros in the last one.
 */
export interface Packed {
  readonly vectors: number;
}

/** A dimension that many products run over: its size, and elements from one matrix to the next. */
export interface BatchDimension {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * `c[m, n] = a[m, k] b[k, n]`, float32, in each batch. Operands: a, b, c. Any strides of `a` and `b`, so any of them
 * may be transposed; `c` has contiguous rows, one after the other.
 */
export interface MatmulSpec {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Strides;
  readonly b: Strides;
  /** Where B is given packed, all batches have the same. */
  readonly packed?: Packed | undefined;
  /** Outermost first. */
  readonly batch?: readonly BatchDimension[] | undefined;
}

/** A spec that has batch dimensions, if only none. */
export type BatchedSpec = MatmulSpec & { readonly batch: readonly BatchDimension[] };

/** The spec with its batch dimensions as few as possible: without those of size 1, and with rows that continue in the next batch counted as rows of one matrix. */
export function foldBatches<S extends MatmulSpec>(given: S): S & BatchedSpec {
  let spec = given;
  let { m } = spec;
  const batch = (spec.batch ?? []).filter((dimension) => dimension.size !== 1);
  for (let last = batch.at(-1); last; last = batch.at(-1)) {
    const continues = last.b === 0 && last.c === m * spec.n && (last.a === m * spec.a.row || m === 1);
    if (!continues) break;
    // A single row has no stride of its own: the batch's becomes the rows'.
    if (m === 1) spec = { ...spec, a: { ...spec.a, row: last.a } };
    m *= last.size;
    batch.pop();
  }
  return { ...spec, m, batch };
}

/** Number of matrices. */
export function batchSize(batch: readonly BatchDimension[]): number {
  return batch.reduce((product, { size }) => product * size, 1);
}
