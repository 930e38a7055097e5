/** @file How a large matrix product is divided for registers and caches. */
import { divisionOf } from "../long-sums.ts";
import { packedWidth } from "./pack.ts";
import type { MatmulSpec } from "../../../../steps/specs/matmul.ts";
import { bytesOf } from "./store.ts";

/** Sizes of the parts of a matrix product. */
export interface Blocking {
  /** Rows, and vectors of columns, whose sums stay in registers. */
  readonly tileRows: number;
  readonly tileVectors: number;
  readonly rowTiles: number;
  readonly columnTiles: number;
  /** Terms after which the sums go to memory and the next tile comes. */
  readonly blockTerms: number;
  /** Row tiles of a unit, and how many units that makes. */
  readonly chunkTiles: number;
  readonly chunks: number;
  /** Column tiles of a unit, and how many units that makes. */
  readonly panelTiles: number;
  readonly panels: number;
  readonly packsA: boolean;
  readonly packsB: boolean;
  /** Scratch for the packed columns and rows of a unit. */
  readonly panelBytes: number;
  readonly chunkBytes: number;
  /** Scratch for what rounding takes from the sums of a unit, where there are many blocks. */
  readonly errorBytes: number;
}

/** What may be changed to measure it. */
export interface Tuning {
  readonly tileRows: number;
  readonly tileVectors: number;
  readonly maxBlockTerms: number;
  readonly maxPanelBytes: number;
  readonly chunkRows: number;
}

/**
 * Measured with V8 on x86-64, whose 16 vector registers hold the sums, the vectors of B, one element of A and a product.
 * Other panels gained less than 3 %.
 */
const TUNING: Tuning = {
  tileRows: 4,
  tileVectors: 2,
  maxBlockTerms: 256,
  maxPanelBytes: 1 << 18,
  chunkRows: 64,
};

/** Up to here B is read where it is, if its rows are contiguous: it stays in the first-level cache. */
const SMALL_BYTES = 1 << 14;
/** With fewer rows than this packing costs more than it gains. */
const FEW_ROWS = 9;
/** Work worth dividing among threads, and into how many units at least. */
const SHARED_FLOPS = 500_000;
const SHARED_UNITS = 8;

/** @param tuning other than what was found best, to measure it */
export function blockingOf(spec: MatmulSpec, tuning: Partial<Tuning> = {}): Blocking {
  const division = divisionOf(spec.k);
  const { tileRows, tileVectors, maxBlockTerms, maxPanelBytes, chunkRows } = {
    ...TUNING,
    ...(division && { maxBlockTerms: division.block }),
    ...tileShape(spec.m, spec.n),
    ...tuning,
  };
  const packsA = spec.a.column !== 1 && !(spec.a.row === 1 && bytesOf(spec.m * spec.k) <= SMALL_BYTES);
  const packsB = spec.b.column !== 1 || (bytesOf(spec.k * spec.n) > SMALL_BYTES && spec.m >= FEW_ROWS);
  const rowTiles = Math.ceil(spec.m / tileRows);
  const columnTiles = Math.ceil(spec.n / (4 * tileVectors));
  const blockTerms = evenPart(spec.k, maxBlockTerms);
  const tileBytes = bytesOf(spec.k * 4 * tileVectors);
  let chunkTiles = evenPart(rowTiles, Math.ceil(chunkRows / tileRows));
  let panelTiles = evenPart(columnTiles, Math.max(1, Math.floor(maxPanelBytes / tileBytes)));
  const units = () => Math.ceil(rowTiles / chunkTiles) * Math.ceil(columnTiles / panelTiles);
  if (2 * spec.m * spec.n * spec.k >= SHARED_FLOPS) {
    // Panels first: each thread then packs its own.
    while (units() < SHARED_UNITS && panelTiles > 2) panelTiles = evenPart(columnTiles, panelTiles / 2);
    while (units() < SHARED_UNITS && chunkTiles > 2) chunkTiles = evenPart(rowTiles, chunkTiles / 2);
  }
  return {
    tileRows,
    tileVectors,
    rowTiles,
    columnTiles,
    blockTerms,
    chunkTiles,
    chunks: Math.ceil(rowTiles / chunkTiles),
    panelTiles,
    panels: Math.ceil(columnTiles / panelTiles),
    packsA,
    packsB,
    panelBytes: packsB ? panelTiles * tileBytes : 0,
    errorBytes: division?.compensated ? bytesOf(chunkTiles * tileRows * panelTiles * 4 * tileVectors) : 0,
    chunkBytes: packsA ? bytesOf(chunkTiles * packedWidth(tileRows) * blockTerms) : 0,
  };
}

/** From so many vectors of columns on, a wider tile is worth its code; from so many on, also a narrow one at the end. */
const WIDE_VECTORS = 9;
const MANY_VECTORS = 24;

/**
 * Of few rows a tile is wider, so that as many sums are under way. Of many rows three vectors gain 5 %, 15 % where
 * multiplication and addition are fused, unless they leave one vector over.
 */
function tileShape(m: number, n: number): Partial<Tuning> {
  if (m === 1) return { tileRows: 1, tileVectors: 8 };
  if (m === 2) return { tileRows: 2, tileVectors: 4 };
  if (m === 3) return { tileRows: 3, tileVectors: 3 };
  const vectors = Math.ceil(n / 4);
  const wide = vectors >= (vectors % 3 === 1 ? MANY_VECTORS : WIDE_VECTORS);
  return wide ? { tileVectors: 3 } : {};
}

/** The size of parts of `all`, at most `most` each, and as equal as can be. */
function evenPart(all: number, most: number): number {
  return Math.ceil(all / Math.ceil(all / most));
}
