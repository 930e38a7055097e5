/** @file How the work of a product is shared by workgroups: a function of its shape. */
import { WORKGROUP } from "../task.ts";
import { FEW, type FewPlan } from "./few.ts";
import { batchesOf, isDense, type Operand, type Product } from "./product.ts";
import { MOST_TERMS } from "./sums.ts";
import { slicesOf, TILES, type TiledPlan } from "./tiled.ts";

/** How a product is computed. */
export type Strategy =
  /** Each element by itself: as columns of one row that share nothing. */
  | ({ readonly kind: "single" } & FewPlan)
  /** Of a product with at most {@link FEW} rows. */
  | ({ readonly kind: "few rows" } & FewPlan)
  /** The same with rows and columns exchanged. */
  | ({ readonly kind: "few columns" } & FewPlan)
  | ({ readonly kind: "tiles" } & TiledPlan);

/** Workgroups that keep a large GPU busy while they multiply. */
const BUSY = 128;

/** The same where they wait for memory, as those of few rows do. */
const BUSY_READING = 256;

/** The least terms that are worth a workgroup of their own, and a second task that adds up. */
const CHUNK = 1024;

/** The most words that parts of results take while they wait to be added up. */
const MOST_WAITING = 1 << 24;

/** Terms up to which an element is so quickly read together that tiles do not pay. */
const OUTER = 4;

/** The same as long as there are no more multiplications than these in all. */
const SHORT = [
  { terms: 16, multiplications: 1 << 25 },
  { terms: 32, multiplications: 1 << 18 },
];

/** The largest matrices of a batch that are best summed so, too: a tile of their own would be mostly empty. */
const SMALL = { elements: 64, terms: 64 };

/** Neighbours that read whole lines of memory, where they read along columns, and where along terms. */
const NEIGHBOURS = { columns: { most: 64, least: 8 }, terms: { most: 8, least: 1 } };

/**
 * The strategy for `product`.
 *
 * @param canSplit whether several workgroups may share the terms of an element
 */
export function strategyOf(product: Product, canSplit = true): Strategy {
  const { m, n, k, a, b } = product;
  const batches = batchesOf(product);
  const parts = (groups: number, slices: number) => (canSplit ? partsOf(product, groups, slices) : 1);
  const few = (many: number, side: Operand): FewPlan => {
    const columns = columnsOf(many, side, k, batches);
    return { columns, chunks: parts(batches * Math.ceil(many / columns), WORKGROUP / columns) };
  };
  // Columns with terms of their own share nothing.
  if (a.across) return { kind: "single", ...few(n, b) };
  const multiplications = batches * m * n * k;
  const isShort = SHORT.some((most) => k <= most.terms && multiplications <= most.multiplications);
  const areSmall = batches > 1 && m * n <= SMALL.elements && k <= SMALL.terms;
  if (k <= OUTER || isShort || areSmall) return { kind: "single", columns: WORKGROUP, chunks: 1 };
  if (Math.min(m, n) <= FEW) {
    return m <= n || n > FEW ? { kind: "few rows", ...few(n, b) } : { kind: "few columns", ...few(m, a) };
  }
  const tile = tileOf(product, batches);
  return { kind: "tiles", tile, chunks: parts(tilesOf(product, batches, tile.size), slicesOf(tile)) };
}

/** Columns of a workgroup: as many as read whole lines, and fewer where that leaves work for more workgroups. */
function columnsOf(many: number, side: Operand, k: number, batches: number): number {
  const alongTerms = isDense(side.terms) && !isDense(side.kept);
  const { most, least } = NEIGHBOURS[alongTerms ? "terms" : "columns"];
  let columns = most;
  while (columns > least && (batches * Math.ceil(many / columns) < BUSY_READING || columns >= 2 * many))
    columns /= 2;
  // No more invocations for a column than it has terms, as long as there are columns.
  while (columns < WORKGROUP && WORKGROUP / columns > k && columns < 2 * many) columns *= 2;
  return columns;
}

function tilesOf({ m, n }: Product, batches: number, size: number): number {
  return batches * Math.ceil(m / size) * Math.ceil(n / size);
}

/** The largest tile that leaves work for many workgroups; if none does, the one that makes most of them. */
function tileOf(product: Product, batches: number): (typeof TILES)[number] {
  const { m, n, k } = product;
  const smallest = TILES.at(-1)!;
  const fits = TILES.filter(({ size }) => size < 2 * Math.min(m, n));
  const parts = Math.max(1, Math.floor(k / CHUNK));
  return fits.find(({ size }) => tilesOf(product, batches, size) * parts >= BUSY) ?? fits.at(-1) ?? smallest;
}

/** Parts of the terms: as many as give work for many workgroups, and keep the sums of each short. */
function partsOf(product: Product, groups: number, slices: number): number {
  const { m, n, k } = product;
  const wanted = Math.min(Math.ceil(BUSY / groups), Math.floor(k / CHUNK));
  const room = Math.floor(MOST_WAITING / (batchesOf(product) * m * n));
  const least = Math.ceil(k / (MOST_TERMS * slices));
  return Math.max(1, least, Math.min(wanted, room));
}
