/** @file What stays in registers while terms are added: sums of a few rows and a few vectors of columns. */
import { fusesMultiplyAdd } from "../../assembler/features.ts";

/** The rows, and vectors of columns, of a tile of sums. */
interface Tile {
  readonly tileRows: number;
  readonly tileVectors: number;
}

/**
 * Where multiplication and addition are one instruction, 12 sums keep both of its units at work, of which 10 take the
 * results of 4 cycles; with two vectors of B and an element of A they are all 15 registers that V8 has on x86-64. Where
 * they are two, each product needs one as well, and 8 sums keep the units at work.
 */
export function tileOf(rows: number): Tile {
  // Of few rows a tile is wider, so that as many sums are under way.
  if (rows === 1) return { tileRows: 1, tileVectors: 8 };
  if (rows === 2) return { tileRows: 2, tileVectors: 4 };
  if (rows === 3) return { tileRows: 3, tileVectors: 3 };
  return { tileRows: fusesMultiplyAdd() ? fusedRows(rows) : 4, tileVectors: TILE_VECTORS };
}

/** The same where B is packed in strips of some vectors: tiles of whole strips. */
export function packedTileOf(rows: number, vectors: number): Tile {
  const strips = rows === 1 ? Math.round(8 / vectors) : rows === 2 ? 2 : 1;
  return {
    tileRows: fusesMultiplyAdd() ? fusedRows(rows) : Math.min(rows, 4),
    tileVectors: strips * vectors,
  };
}

/** Vectors of a tile of many rows. */
export const TILE_VECTORS = 2;

/** Rows of a tile of two vectors, at most, where not all sizes of a result make whole tiles. */
export function mostRows(): number {
  return fusesMultiplyAdd() ? 6 : 4;
}

/** What a fused tile of so many rows takes, in cycles a term as measured: with few sums one waits for another. */
const CYCLES = [0, 4.4, 4.4, 4.4, 4.6, 5.2, 6];

/** The tile by which `rows` take the least time: 8 rows are two tiles of 4, not one of 6 and a rest. */
function fusedRows(rows: number): number {
  if (rows <= 4) return rows;
  const time = (size: number) => Math.floor(rows / size) * CYCLES[size]! + CYCLES[rows % size]!;
  return [6, 5, 4].reduce((best, size) => (time(size) < time(best) ? size : best));
}
