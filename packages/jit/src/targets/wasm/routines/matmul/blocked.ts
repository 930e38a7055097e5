/** @file Matrix products in tiles: large B packed in panels, A too where its rows are not contiguous, sums in registers. */
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { type BatchedSpec, batchSize } from "../../../../steps/specs/matmul.ts";
import { keepPart } from "../kept.ts";
import type { Epilogue, Finished, Routine } from "../routine.ts";
import { locateBatch } from "./batch.ts";
import type { Blocking } from "./blocking.ts";
import { packChunk, packPanel } from "./panels.ts";
import { bytesOf } from "./store.ts";
import { correctTiles, emitTiles } from "./tiles.ts";
import { setTiles, type Tiles, type Unit } from "./unit.ts";

/**
 * `fn(a, b, c, scratch, begin, end)`. A unit is a chunk of rows times a panel of columns. Within it, loops from the
 * outermost in: blocks of terms, tiles of columns (whose packed strip of B stays in the first-level cache), tiles of
 * rows, terms.
 */
export function emitBlocked(
  module: ModuleBuilder,
  spec: BatchedSpec & Finished,
  blocking: Blocking,
): Routine {
  const { chunks, panels } = blocking;
  const f = module.procedure(`matmul ${spec.m}x${spec.k}x${spec.n}`, 6);
  const [a, b, c, scratch, begin, end] = f.params;
  const [ofA, ofB, ofC, firstRow, lastRow, firstColumn, lastColumn, batchIndex] = f.locals("i32", 8);
  const matrix = { a: ofA, b: ofB, c: ofC };
  const rows = { first: firstRow, last: lastRow };
  const columns = { first: firstColumn, last: lastColumn };
  const sums = f.locals("v128", blocking.tileRows * blocking.tileVectors);
  const unit: Unit = { f, module, spec, blocking, matrix, scratch, rows, columns, sums };
  const [index, rest, panel, part] = f.locals("i32", 4);
  f.forRange(index, begin, end, 1, () => {
    f.get(index).i32(chunks).op("i32.rem_u").set(rest);
    setTiles(f, rows, rest, blocking.chunkTiles, blocking.rowTiles);
    f.get(index).i32(chunks).op("i32.div_u").tee(part).tee(rest);
    f.i32(panels).op("i32.rem_u").set(panel);
    setTiles(f, columns, panel, blocking.panelTiles, blocking.columnTiles);
    f.get(rest).i32(panels).op("i32.div_u").tee(batchIndex).set(rest);
    locateBatch(f, spec.batch, rest, { a, b, c }, matrix);
    // A thread packs a panel once for all the chunks of rows that it does one after the other.
    if (blocking.packsB && !blocking.packsBlocks) {
      keepPart(
        f,
        module,
        () => f.get(part),
        () => packPanel(unit, matrix.b, spec.k),
      );
    }
    emitBlocks(unit);
    if (spec.epilogue) finish(unit, batchIndex, spec.epilogue);
  });
  const batches = batchSize(spec.batch);
  return {
    fn: f.ref,
    units: batches * panels * chunks,
    scratchBytes: blocking.panelBytes + blocking.chunkBytes + blocking.errorBytes,
    flops: 2 * batches * spec.m * spec.n * spec.k,
  };
}

/** The product of a unit, block by block of its terms. */
function emitBlocks(unit: Unit): void {
  const { f, spec, blocking, matrix, scratch } = unit;
  const { blockTerms } = blocking;
  const [block, a] = f.locals("i32", 2);
  const emitBlock = (terms: number) => {
    if (blocking.packsBlocks) {
      f.get(matrix.b)
        .plus(block, bytesOf(blockTerms * spec.b.row))
        .set(a);
      packPanel(unit, a, terms);
    }
    f.get(matrix.a)
      .plus(block, bytesOf(blockTerms * spec.a.column))
      .set(a);
    if (!blocking.packsA) return emitTiles(unit, block, a, terms);
    const packed = f.local("i32");
    f.get(scratch).plus(blocking.panelBytes).set(packed);
    packChunk(unit, a, packed, terms);
    emitTiles(unit, block, packed, terms);
    f.free(packed);
  };
  f.forRange(block, 0, Math.floor(spec.k / blockTerms), 1, () => emitBlock(blockTerms));
  const rest = spec.k % blockTerms;
  if (rest) emitBlock(rest);
  f.free(block, a);
  if (blocking.errorBytes > 0) correctTiles(unit);
}

/** Hands the unit's piece of the result to the epilogue. */
function finish({ f, spec, blocking, rows, columns }: Unit, batchIndex: Local, epilogue: Epilogue): void {
  const [base, zero] = f.locals("i32", 2);
  f.get(batchIndex).i32(spec.m).op("i32.mul").set(base);
  f.i32(0).set(zero);
  const extent = (tiles: Tiles, size: number, all: number, from: Local) => {
    const [first, last] = f.locals("i32", 2);
    f.get(tiles.first).i32(size).op("i32.mul").plus(from).set(first);
    f.get(tiles.last).i32(size).op("i32.mul").set(last);
    f.smaller(last, all).plus(from).set(last);
    return { first, last };
  };
  const piece = {
    rows: extent(rows, blocking.tileRows, spec.m, base),
    columns: extent(columns, 4 * blocking.tileVectors, spec.n, zero),
  };
  epilogue.emit(f, piece);
  f.free(base, zero, piece.rows.first, piece.rows.last, piece.columns.first, piece.columns.last);
}
