/** @file Matrix products in tiles: large B packed in panels, A too where its rows are not contiguous, sums in registers. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local, Times } from "../../assembler/types.ts";
import type { Epilogue, Finished, Routine } from "../routine.ts";
import { keepPart } from "../kept.ts";
import { VECTOR } from "../lanes.ts";
import { locateBatch } from "./batch.ts";
import type { Blocking } from "./blocking.ts";
import { packedWidth, packer } from "./pack.ts";
import { type BatchedSpec, batchSize } from "../../../../steps/specs/matmul.ts";
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

/**
 * A unit is a chunk of rows times a panel of columns. Within it, loops from the outermost in: blocks of terms, tiles of
 * columns (whose packed strip of B stays in the first-level cache), tiles of rows, terms.
 */
export function emitBlocked(
  module: ModuleBuilder,
  spec: BatchedSpec & Finished,
  blocking: Blocking,
): Routine {
  const f = module.procedure(`matmul ${spec.m}x${spec.k}x${spec.n}`, 6);
  new BlockedProduct(module, f, spec, blocking).emit();
  const batches = batchSize(spec.batch);
  return {
    fn: f.ref,
    units: batches * blocking.panels * blocking.chunks,
    scratchBytes: blocking.panelBytes + blocking.chunkBytes + blocking.errorBytes,
    flops: 2 * batches * spec.m * spec.n * spec.k,
  };
}

/** Tiles of columns that are packed line by line: 8 of 8 columns are four cache lines. */
const PACKED_TOGETHER = 8;

class BlockedProduct {
  private readonly sums: readonly Local[];
  private readonly matrix: { a: Local; b: Local; c: Local };
  private readonly bases: { a: Local; b: Local; c: Local };
  private readonly scratch: Local;
  private readonly range: { begin: Local; end: Local };
  /** Row tiles `[first, last)` and column tiles `[first, last)` of the unit. */
  private readonly rows: { first: Local; last: Local };
  private readonly columns: { first: Local; last: Local };
  private readonly batchIndex: Local;
  private readonly module: ModuleBuilder;
  private readonly f: FunctionBuilder<Times<"i32", 6>>;
  private readonly spec: BatchedSpec & Finished;
  private readonly blocking: Blocking;

  constructor(
    module: ModuleBuilder,
    f: FunctionBuilder<Times<"i32", 6>>,
    spec: BatchedSpec & Finished,
    blocking: Blocking,
  ) {
    this.module = module;
    this.f = f;
    this.spec = spec;
    this.blocking = blocking;
    const [a, b, c, scratch, begin, end] = f.params;
    this.bases = { a, b, c };
    this.scratch = scratch;
    this.range = { begin, end };
    const int = () => f.local("i32");
    this.matrix = { a: int(), b: int(), c: int() };
    this.rows = { first: int(), last: int() };
    this.columns = { first: int(), last: int() };
    this.batchIndex = int();
    this.sums = f.locals("v128", blocking.tileRows * blocking.tileVectors);
  }

  emit(): void {
    const { f, blocking, spec } = this;
    const [unit, rest, panel, part] = f.locals("i32", 4);
    f.forRange(unit, this.range.begin, this.range.end, 1, () => {
      f.get(unit).i32(blocking.chunks).op("i32.rem_u").set(rest);
      this.tileRange(this.rows, rest, blocking.chunkTiles, blocking.rowTiles);
      f.get(unit).i32(blocking.chunks).op("i32.div_u").tee(part).tee(rest);
      f.i32(blocking.panels).op("i32.rem_u").set(panel);
      this.tileRange(this.columns, panel, blocking.panelTiles, blocking.columnTiles);
      f.get(rest).i32(blocking.panels).op("i32.div_u").tee(this.batchIndex).set(rest);
      locateBatch(f, spec.batch, rest, this.bases, this.matrix);
      // A thread packs a panel once for all the chunks of rows that it does one after the other.
      if (blocking.packsB && !blocking.packsBlocks) {
        keepPart(
          f,
          this.module,
          () => f.get(part),
          () => this.packPanel(this.matrix.b, spec.k),
        );
      }
      this.product();
      if (spec.epilogue) this.finish(spec.epilogue);
    });
  }

  /** Hands the unit's piece of the result to the epilogue. */
  private finish(epilogue: Epilogue): void {
    const { f, spec, blocking } = this;
    const [base, zero] = f.locals("i32", 2);
    f.get(this.batchIndex).i32(spec.m).op("i32.mul").set(base);
    f.i32(0).set(zero);
    const extent = (tiles: { first: Local; last: Local }, size: number, all: number, from: Local) => {
      const [first, last] = f.locals("i32", 2);
      f.get(tiles.first).i32(size).op("i32.mul").plus(from).set(first);
      f.get(tiles.last).i32(size).op("i32.mul").tee(last).i32(all).get(last).i32(all).op("i32.lt_u");
      f.op("select").plus(from).set(last);
      return { first, last };
    };
    const rows = extent(this.rows, blocking.tileRows, spec.m, base);
    const columns = extent(this.columns, 4 * blocking.tileVectors, spec.n, zero);
    epilogue.emit(f, { rows, columns });
    f.free(base, zero, rows.first, rows.last, columns.first, columns.last);
  }

  /** Sets the range of tiles of part number `part`, of `size` tiles each but the last. */
  private tileRange(range: { first: Local; last: Local }, part: Local, size: number, all: number): void {
    const { f } = this;
    f.get(part).i32(size).op("i32.mul").tee(range.first).plus(size).tee(range.last);
    f.i32(all).get(range.last).i32(all).op("i32.lt_u").op("select").set(range.last);
  }

  /**
   * Packs the columns of the unit's panel, `terms` terms from the address `matrix` on: of contiguous rows several tiles
   * at a time, for whole cache lines.
   */
  private packPanel(matrix: Local, terms: number): void {
    const { f, spec, blocking } = this;
    const [tile, first, next, to] = f.locals("i32", 4);
    const from = f.local("i32");
    const width = 4 * blocking.tileVectors;
    const strip = { count: terms, line: spec.b.row, element: spec.b.column };
    const pack = (columns: number, strips: number) => {
      f.get(matrix)
        .plus(tile, bytesOf(width * spec.b.column))
        .set(from);
      f.get(from)
        .get(to)
        .call(packer(this.module, { ...strip, width: columns, strips }));
      f.increase(to, bytesOf(terms * packedWidth(columns) * strips));
    };
    f.get(this.scratch).set(to);
    f.get(this.columns.first).set(first);
    const whole = Math.floor(spec.n / width);
    const together = spec.b.column === 1 ? Math.min(PACKED_TOGETHER, blocking.panelTiles, whole) : 1;
    if (together > 1) {
      f.smaller(this.columns.last, whole);
      f.get(first).op("i32.sub").i32(together).op("i32.div_u").i32(together).op("i32.mul");
      f.plus(first).set(next);
      f.forRange(tile, first, next, together, () => pack(width, together));
      f.get(next).set(first);
    }
    this.eachTile(tile, { first, last: this.columns.last }, spec.n, width, (columns) => pack(columns, 1));
    f.free(tile, first, next, to, from);
  }

  /** Packs the rows of the unit's chunk, `terms` terms from the address `from` on. */
  private packChunk(from: Local, to: Local, terms: number): void {
    const { f, spec, blocking } = this;
    const [tile, source, target] = f.locals("i32", 3);
    const strip = { count: terms, line: spec.a.column, element: spec.a.row };
    f.get(to).set(target);
    this.eachTile(tile, this.rows, spec.m, blocking.tileRows, (rows) => {
      f.get(from)
        .plus(tile, bytesOf(blocking.tileRows * spec.a.row))
        .set(source);
      f.get(source)
        .get(target)
        .call(packer(this.module, { ...strip, width: rows }));
      f.increase(target, bytesOf(terms * packedWidth(rows)));
    });
    f.free(tile, source, target);
  }

  /** Code for the whole tiles of a range, and for the last that is smaller, if it is in the range. */
  private eachTile(
    tile: Local,
    range: { first: Local; last: Local },
    all: number,
    size: number,
    body: (extent: number) => void,
  ): void {
    const { f } = this;
    const whole = Math.floor(all / size);
    const rest = all % size;
    const end = f.local("i32");
    f.smaller(range.last, whole).set(end);
    f.forRange(tile, range.first, end, 1, () => body(size));
    f.free(end);
    if (!rest) return;
    f.get(range.last).i32(whole).op("i32.gt_u");
    f.if(() => {
      f.i32(whole).set(tile);
      body(rest);
    });
  }

  private product(): void {
    const { f, spec, blocking } = this;
    const [block, a] = f.locals("i32", 2);
    const { blockTerms } = blocking;
    const whole = Math.floor(spec.k / blockTerms);
    const emitBlock = (terms: number) => {
      if (blocking.packsBlocks) {
        f.get(this.matrix.b)
          .plus(block, bytesOf(blockTerms * spec.b.row))
          .set(a);
        this.packPanel(a, terms);
      }
      f.get(this.matrix.a)
        .plus(block, bytesOf(blockTerms * spec.a.column))
        .set(a);
      if (!blocking.packsA) return this.tiles(block, a, terms);
      const packed = f.local("i32");
      f.get(this.scratch).plus(blocking.panelBytes).set(packed);
      this.packChunk(a, packed, terms);
      this.tiles(block, packed, terms);
      f.free(packed);
    };
    f.forRange(block, 0, whole, 1, () => emitBlock(blockTerms));
    const rest = spec.k % blockTerms;
    if (rest) emitBlock(rest);
    f.free(block, a);
    if (blocking.errorBytes > 0) this.correct();
  }

  /** Adds what rounding took from the unit's result. */
  private correct(): void {
    const { f, spec, blocking } = this;
    const [columnTile, rowTile, address] = f.locals("i32", 3);
    const width = 4 * blocking.tileVectors;
    this.eachTile(columnTile, this.columns, spec.n, width, (columns) => {
      const vectors = Math.ceil(columns / 4);
      this.eachTile(rowTile, this.rows, spec.m, blocking.tileRows, (rows) => {
        f.get(this.matrix.c).plus(rowTile, blocking.tileRows * bytesOf(spec.n));
        f.plus(columnTile, bytesOf(width)).set(address);
        const errors = this.errorsOf(rowTile, columnTile);
        const size = { rows, vectors, lanes: columns - 4 * (vectors - 1) };
        addErrors(f, size, { address, rowBytes: bytesOf(spec.n) }, errors);
        f.free(errors.address);
      });
    });
    f.free(columnTile, rowTile, address);
  }

  /** Where the errors of a tile are. */
  private errorsOf(rowTile: Local, columnTile: Local): TilePlace {
    const { f, blocking } = this;
    const address = f.local("i32");
    const rowBytes = bytesOf(blocking.panelTiles * 4 * blocking.tileVectors);
    f.get(this.scratch).plus(blocking.panelBytes + blocking.chunkBytes);
    f.get(rowTile)
      .get(this.rows.first)
      .op("i32.sub")
      .i32(blocking.tileRows * rowBytes)
      .op("i32.mul")
      .op("i32.add");
    f.get(columnTile)
      .get(this.columns.first)
      .op("i32.sub")
      .i32(bytesOf(4 * blocking.tileVectors))
      .op("i32.mul")
      .op("i32.add")
      .set(address);
    return { address, rowBytes };
  }

  /** All tiles of the unit, for `terms` terms; `a` is the address of the terms of row 0, or of the packed rows. */
  private tiles(block: Local, a: Local, terms: number): void {
    const { f, spec, blocking } = this;
    const [columnTile, rowTile, strip] = f.locals("i32", 3);
    const [b, rowA, nextRow] = f.locals("i32", 3);
    const [row, column, address] = f.locals("i32", 3);
    const width = 4 * blocking.tileVectors;
    const { packed } = spec;
    f.get(this.scratch).set(strip);
    this.eachTile(columnTile, this.columns, spec.n, width, (columns) => {
      const vectors = Math.ceil(columns / 4);
      const packedBytes = packed ? packed.vectors * VECTOR : bytesOf(packedWidth(columns));
      const lineBytes = packed || blocking.packsB ? packedBytes : bytesOf(spec.b.row);
      const apart = packed ? spec.k * width : width;
      if (!blocking.packsB) f.get(this.matrix.b).plus(columnTile, bytesOf(apart)).set(strip);
      f.get(columnTile).i32(width).op("i32.mul").set(column);
      f.get(a).set(nextRow);
      this.eachTile(rowTile, this.rows, spec.m, blocking.tileRows, (rows) => {
        const size = { rows, vectors, lanes: columns - 4 * (vectors - 1) };
        f.get(strip);
        if (!blocking.packsBlocks) f.plus(block, blocking.blockTerms * lineBytes);
        f.set(b);
        if (blocking.packsA) {
          f.get(nextRow)
            .tee(rowA)
            .plus(bytesOf(terms * packedWidth(rows)))
            .set(nextRow);
        } else
          f.get(a)
            .plus(rowTile, bytesOf(blocking.tileRows * spec.a.row))
            .set(rowA);
        f.get(rowTile).i32(blocking.tileRows).op("i32.mul").set(row);
        f.get(this.matrix.c).plus(row, bytesOf(spec.n));
        f.plus(column, 4).set(address);
        const errors = blocking.errorBytes > 0 ? this.errorsOf(rowTile, columnTile) : undefined;
        this.tile(size, block, terms, lineBytes, rowA, b, { address, rowBytes: bytesOf(spec.n) }, errors);
        if (errors) f.free(errors.address);
      });
      f.increase(strip, (blocking.packsBlocks ? terms : spec.k) * lineBytes);
    });
    f.free(columnTile, rowTile, strip, b, rowA, nextRow, row, column, address);
  }

  private tile(
    size: TileSize,
    block: Local,
    terms: number,
    lineBytes: number,
    a: Local,
    b: Local,
    place: TilePlace,
    errors: TilePlace | undefined,
  ): void {
    const { f, spec, blocking } = this;
    const sums = this.sums.slice(0, size.rows * size.vectors);
    const blocks = Math.ceil(spec.k / blocking.blockTerms);
    clearTile(f, sums);
    const [rowBytes, termBytes] = blocking.packsA
      ? [bytesOf(1), bytesOf(packedWidth(size.rows))]
      : [bytesOf(spec.a.row), bytesOf(spec.a.column)];
    const rows = Array.from({ length: size.rows }, (_, row) => row * rowBytes);
    const loops = [{ count: terms, a: termBytes, b: lineBytes }];
    const { vectors, lanes } = size;
    const { packed } = spec;
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
    if (blocks === 1) return store();
    f.get(block).if(() => addTile(f, size, place, sums, errors), store);
  }
}
