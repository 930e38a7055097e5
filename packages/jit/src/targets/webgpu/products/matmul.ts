/** @file Products of matrices that lie in memory at regular distances. */
import type { Buffer } from "../../../expr/expr.ts";
import { foldBatches, type MatmulSpec } from "../../../steps/specs/matmul.ts";
import { line, type Operand, type Product } from "./product.ts";

/** Where a matrix begins. */
export interface Place {
  readonly buffer: Buffer;
  /** In elements. */
  readonly offset: number;
}

/** `c = a b` in each batch; `c` begins at its buffer's beginning. */
export function matrixProduct(spec: MatmulSpec, a: Place, b: Place): Product {
  const folded = foldBatches(spec);
  const { m, n, k, batch } = folded;
  const side = (
    { buffer, offset }: Place,
    kept: number,
    keptStride: number,
    termStride: number,
  ): Operand => ({
    buffer,
    offset,
    kept: line(kept, keptStride),
    terms: line(k, termStride),
    axes: [],
  });
  return {
    m,
    n,
    k,
    batch,
    a: side(a, m, folded.a.row, folded.a.column),
    b: side(b, n, folded.b.column, folded.b.row),
    c: { offset: 0, rows: line(m, n), columns: line(n, 1) },
  };
}
