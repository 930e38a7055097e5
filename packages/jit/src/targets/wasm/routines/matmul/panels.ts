/** @file Packs what a unit of a blocked product reads: a panel of columns of B, a chunk of rows of A. */
import type { Local } from "../../assembler/types.ts";
import { packedWidth, packer } from "./pack.ts";
import { bytesOf } from "./store.ts";
import { eachTile, type Unit } from "./unit.ts";

/** Tiles of columns that are packed line by line: 8 of 8 columns are four cache lines. */
const PACKED_TOGETHER = 8;

/**
 * Packs the columns of the unit's panel, `terms` terms from the address `matrix` on: of contiguous rows several tiles
 * at a time, for whole cache lines.
 */
export function packPanel(
  { f, module, spec, blocking, columns, scratch }: Unit,
  matrix: Local,
  terms: number,
): void {
  const [tile, first, next, to, from] = f.locals("i32", 5);
  const width = 4 * blocking.tileVectors;
  const apart = bytesOf(width * spec.b.column);
  const strip = { count: terms, line: spec.b.row, element: spec.b.column };
  const pack = (columns: number, strips: number) => {
    f.get(matrix).plus(tile, apart).set(from);
    f.get(from)
      .get(to)
      .call(packer(module, { ...strip, width: columns, strips }));
    f.increase(to, bytesOf(terms * packedWidth(columns) * strips));
  };
  f.get(scratch).set(to);
  f.get(columns.first).set(first);
  const whole = Math.floor(spec.n / width);
  const together = spec.b.column === 1 ? Math.min(PACKED_TOGETHER, blocking.panelTiles, whole) : 1;
  if (together > 1) {
    f.smaller(columns.last, whole);
    f.get(first).op("i32.sub").i32(together).op("i32.div_u").i32(together).op("i32.mul");
    f.plus(first).set(next);
    f.forRange(tile, first, next, together, () => pack(width, together));
    f.get(next).set(first);
  }
  eachTile(f, tile, { first, last: columns.last }, spec.n, width, (extent) => pack(extent, 1));
  f.free(tile, first, next, to, from);
}

/** Packs the rows of the unit's chunk, `terms` terms from the address `from` on. */
export function packChunk(
  { f, module, spec, blocking, rows }: Unit,
  from: Local,
  to: Local,
  terms: number,
): void {
  const [tile, source, target] = f.locals("i32", 3);
  const strip = { count: terms, line: spec.a.column, element: spec.a.row };
  f.get(to).set(target);
  eachTile(f, tile, rows, spec.m, blocking.tileRows, (width) => {
    f.get(from)
      .plus(tile, bytesOf(blocking.tileRows * spec.a.row))
      .set(source);
    f.get(source)
      .get(target)
      .call(packer(module, { ...strip, width }));
    f.increase(target, bytesOf(terms * packedWidth(width)));
  });
  f.free(tile, source, target);
}
