/** @file How a large matrix product is divided for registers and caches. */
import { divisionOf } from "../long-sums.ts";
import { packedWidth } from "./pack.ts";
import { packedTileOf, tileOf } from "./registers.ts";
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
  /** Whether it packs the columns of a unit block by block, as one whose rows are all in one unit; else all terms at once. */
  readonly packsBlocks: boolean;
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

/** Measured with V8 on x86-64. Other panels gained less than 3 %. */
const TUNING = { maxBlockTerms: 384, maxPanelBytes: 1 << 18, chunkRows: 64 };

/** Up to here B is read where it is, if its rows are contiguous: it stays in the first-level cache. */
const SMALL_BYTES = 1 << 14;
/** With fewer rows than this packing costs more than it gains. */
const FEW_ROWS = 9;
/** Up to so many rows are one unit, whose columns need not be packed for others. */
const ONE_CHUNK_ROWS = 128;
/** Work worth dividing among threads, and into how many units at least. */
const SHARED_FLOPS = 500_000;
const SHARED_UNITS = 8;

/** Whether a B that stays the same is worth being kept packed, which costs as much memory again. */
export function isWorthPacking({ k, n, b }: MatmulSpec): boolean {
  return bytesOf(k * n) > SMALL_BYTES || b.column !== 1;
}

/** @param tuning other than what was found best, to measure it */
export function blockingOf(spec: MatmulSpec, tuning: Partial<Tuning> = {}): Blocking {
  const division = divisionOf(spec.k);
  const { tileRows, tileVectors, maxBlockTerms, maxPanelBytes, chunkRows } = {
    ...TUNING,
    ...(division && { maxBlockTerms: division.block }),
    ...(spec.packed ? packedTileOf(spec.m, spec.packed.vectors) : tileOf(spec.m)),
    ...tuning,
  };
  const packsA = spec.a.column !== 1 && !(spec.a.row === 1 && bytesOf(spec.m * spec.k) <= SMALL_BYTES);
  const packsB =
    !spec.packed && (spec.b.column !== 1 || (bytesOf(spec.k * spec.n) > SMALL_BYTES && spec.m >= FEW_ROWS));
  const rowTiles = Math.ceil(spec.m / tileRows);
  const columnTiles = Math.ceil(spec.n / (4 * tileVectors));
  const blockTerms = evenPart(spec.k, maxBlockTerms);
  /** In units of so many rows at most, and as many columns as `terms` terms of them may be packed at once. */
  const divide = (rows: number, terms: number) => {
    const tileBytes = bytesOf(terms * 4 * tileVectors);
    let chunkTiles = evenPart(rowTiles, Math.ceil(rows / tileRows));
    let panelTiles = evenPart(columnTiles, Math.max(1, Math.floor(maxPanelBytes / tileBytes)));
    const units = () => Math.ceil(rowTiles / chunkTiles) * Math.ceil(columnTiles / panelTiles);
    const splitPanels = () => {
      while (units() < SHARED_UNITS && panelTiles > 2) panelTiles = evenPart(columnTiles, panelTiles / 2);
    };
    const splitChunks = () => {
      while (units() < SHARED_UNITS && chunkTiles > 2) chunkTiles = evenPart(rowTiles, chunkTiles / 2);
    };
    if (2 * spec.m * spec.n * spec.k >= SHARED_FLOPS) {
      // Rows are packed for each panel, a panel once for each thread.
      if (packsA) {
        splitChunks();
        splitPanels();
      } else {
        // As many panels for each thread.
        if (panelTiles < columnTiles)
          panelTiles = evenPart(columnTiles, columnTiles / roundUp(columnTiles / panelTiles, SHARED_UNITS));
        splitPanels();
        splitChunks();
      }
    }
    const chunks = Math.ceil(rowTiles / chunkTiles);
    return { chunkTiles, chunks, panelTiles, panelBytes: packsB ? panelTiles * tileBytes : 0 };
  };
  const whole = packsB && !packsA && spec.m <= ONE_CHUNK_ROWS ? divide(spec.m, blockTerms) : undefined;
  const packsBlocks = whole?.chunks === 1;
  const parts = packsBlocks ? whole : divide(chunkRows, spec.k);
  const { chunkTiles, panelTiles } = parts;
  return {
    ...parts,
    tileRows,
    tileVectors,
    rowTiles,
    columnTiles,
    blockTerms,
    panels: Math.ceil(columnTiles / panelTiles),
    packsA,
    packsB,
    packsBlocks,
    errorBytes: division?.compensated ? bytesOf(chunkTiles * tileRows * panelTiles * 4 * tileVectors) : 0,
    chunkBytes: packsA ? bytesOf(chunkTiles * packedWidth(tileRows) * blockTerms) : 0,
  };
}

/** The size of parts of `all`, at most `most` each, and as equal as can be. */
function evenPart(all: number, most: number): number {
  return Math.ceil(all / Math.ceil(all / most));
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}
