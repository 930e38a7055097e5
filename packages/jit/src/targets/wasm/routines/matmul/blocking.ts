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
  const tileBytes = bytesOf(spec.k * 4 * tileVectors);
  let chunkTiles = evenPart(rowTiles, Math.ceil(chunkRows / tileRows));
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

/** The size of parts of `all`, at most `most` each, and as equal as can be. */
function evenPart(all: number, most: number): number {
  return Math.ceil(all / Math.ceil(all / most));
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}
