/** @file The tiles of a unit of a blocked product: sums that stay in registers for a block of terms. */
import type { Local } from "../../assembler/types.ts";
import { VECTOR } from "../lanes.ts";
import { packedWidth } from "./pack.ts";
import {
  addErrors,
  addTile,
  bytesOf,
  clearErrors,
  clearTile,
  storeTile,
  type TilePlace,
  type TileSize,
} from "./store.ts";
import { emitTile } from "./tile.ts";
import { eachTile, type Unit } from "./unit.ts";

/** What the tiles of one width read and write. */
interface Operands {
  /** The number of the block of terms. */
  readonly block: Local;
  readonly terms: number;
  readonly a: Local;
  readonly b: Local;
  /** Bytes from a line of B to the next. */
  readonly lineBytes: number;
}

/** All tiles of the unit, for `terms` terms; `a` is the address of the terms of row 0, or of the packed rows. */
export function emitTiles(unit: Unit, block: Local, a: Local, terms: number): void {
  const { f, spec, blocking, matrix, scratch } = unit;
  const { packed } = spec;
  const [columnTile, rowTile, strip, b, rowA, nextRow, row, column, address] = f.locals("i32", 9);
  const width = 4 * blocking.tileVectors;
  const rowBytes = bytesOf(spec.n);
  f.get(scratch).set(strip);
  eachTile(f, columnTile, unit.columns, spec.n, width, (columns) => {
    const vectors = Math.ceil(columns / 4);
    const packedBytes = packed ? packed.vectors * VECTOR : bytesOf(packedWidth(columns));
    const lineBytes = packed || blocking.packsB ? packedBytes : bytesOf(spec.b.row);
    const apart = packed ? spec.k * width : width;
    if (!blocking.packsB) f.get(matrix.b).plus(columnTile, bytesOf(apart)).set(strip);
    f.get(columnTile).i32(width).op("i32.mul").set(column);
    f.get(a).set(nextRow);
    eachTile(f, rowTile, unit.rows, spec.m, blocking.tileRows, (rows) => {
      f.get(strip);
      if (!blocking.packsBlocks) f.plus(block, blocking.blockTerms * lineBytes);
      f.set(b);
      if (blocking.packsA) {
        f.get(nextRow).set(rowA);
        f.increase(nextRow, bytesOf(terms * packedWidth(rows)));
      } else
        f.get(a)
          .plus(rowTile, bytesOf(blocking.tileRows * spec.a.row))
          .set(rowA);
      f.get(rowTile).i32(blocking.tileRows).op("i32.mul").set(row);
      f.get(matrix.c).plus(row, rowBytes).plus(column, 4).set(address);
      const size = { rows, vectors, lanes: columns - 4 * (vectors - 1) };
      const errors = blocking.errorBytes > 0 ? errorsOf(unit, rowTile, columnTile) : undefined;
      emitSums(unit, size, { block, terms, a: rowA, b, lineBytes }, { address, rowBytes }, errors);
      if (errors) f.free(errors.address);
    });
    f.increase(strip, (blocking.packsBlocks ? terms : spec.k) * lineBytes);
  });
  f.free(columnTile, rowTile, strip, b, rowA, nextRow, row, column, address);
}

/** The sums of one tile, for a block of terms. */
function emitSums(
  { f, spec, blocking, sums: all }: Unit,
  size: TileSize,
  { block, terms, a, b, lineBytes }: Operands,
  place: TilePlace,
  errors: TilePlace | undefined,
): void {
  const { packed } = spec;
  const { vectors, lanes } = size;
  const sums = all.slice(0, size.rows * vectors);
  clearTile(f, sums);
  const [rowBytes, termBytes] = blocking.packsA
    ? [bytesOf(1), bytesOf(packedWidth(size.rows))]
    : [bytesOf(spec.a.row), bytesOf(spec.a.column)];
  const rows = Array.from({ length: size.rows }, (_, row) => row * rowBytes);
  const loops = [{ count: terms, a: termBytes, b: lineBytes }];
  const columns =
    packed &&
    Array.from({ length: vectors }, (_, v) => {
      const strip = Math.floor(v / packed.vectors);
      return (strip * spec.k * packed.vectors + (v % packed.vectors)) * VECTOR;
    });
  const padded = blocking.packsB || packed !== undefined;
  emitTile(f, { rows, vectors, columns, lanes, padded, loops }, a, b, sums);
  const store = () => {
    storeTile(f, size, place, sums);
    if (errors) clearErrors(f, size, errors);
  };
  if (spec.k <= blocking.blockTerms) return store();
  f.get(block).if(() => addTile(f, size, place, sums, errors), store);
}

/** Adds what rounding took from the unit's result. */
export function correctTiles(unit: Unit): void {
  const { f, spec, blocking, matrix } = unit;
  const [columnTile, rowTile, address] = f.locals("i32", 3);
  const width = 4 * blocking.tileVectors;
  const rowBytes = bytesOf(spec.n);
  eachTile(f, columnTile, unit.columns, spec.n, width, (columns) => {
    const vectors = Math.ceil(columns / 4);
    eachTile(f, rowTile, unit.rows, spec.m, blocking.tileRows, (rows) => {
      f.get(matrix.c).plus(rowTile, blocking.tileRows * rowBytes);
      f.plus(columnTile, bytesOf(width)).set(address);
      const errors = errorsOf(unit, rowTile, columnTile);
      addErrors(f, { rows, vectors, lanes: columns - 4 * (vectors - 1) }, { address, rowBytes }, errors);
      f.free(errors.address);
    });
  });
  f.free(columnTile, rowTile, address);
}

/** Where the errors of a tile are. */
function errorsOf(
  { f, blocking, rows, columns, scratch }: Unit,
  rowTile: Local,
  columnTile: Local,
): TilePlace {
  const address = f.local("i32");
  const width = 4 * blocking.tileVectors;
  const rowBytes = bytesOf(blocking.panelTiles * width);
  f.get(scratch).plus(blocking.panelBytes + blocking.chunkBytes);
  f.plus(() => f.get(rowTile).get(rows.first).op("i32.sub"), blocking.tileRows * rowBytes);
  f.plus(() => f.get(columnTile).get(columns.first).op("i32.sub"), bytesOf(width)).set(address);
  return { address, rowBytes };
}
