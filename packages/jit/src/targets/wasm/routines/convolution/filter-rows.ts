/** @file The rows of a filter's gradient: tiles of sums over the windows of one image. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { ELEMENT, VECTOR } from "../lanes.ts";
import { type Division, divisionOf } from "../long-sums.ts";
import {
  addErrors,
  addTile,
  clearErrors,
  clearTile,
  loadTile,
  storeTile,
  type TilePlace,
} from "../matmul/store.ts";
import { mostRows, TILE_VECTORS } from "../matmul/registers.ts";
import { emitTile } from "../matmul/tile.ts";
import { type ConvolutionSpec, type Sizes, volume } from "../../../../steps/specs/convolution.ts";
import { eachColumnTile } from "./correlate-part.ts";
import { type Spread, stepBytes, tapOffsets } from "./spread.ts";

/** With few filter elements, five are better than four and a rest. */
const FEW_ROWS = 5;
/** Up to here each tile of rows has code of its own, whatever the distances between its rows. */
const LISTED_ROWS = 24;
/** Units of a run of rows, so that few runs can be shared, too. */
const PARTS = 2;

interface Places {
  /** The number of the image among the `count` of its part; the first begins the sums. */
  readonly image: Local;
  readonly count: Local;
  readonly base: Local;
  readonly errors: Local;
  readonly gradient: Local;
  /** What rounding takes from the sums: as the gradient, in whole vectors. */
  readonly lost: Local;
}

/** The rows of the filter's matrix, and how they are divided. */
interface Rows {
  readonly f: FunctionBuilder;
  readonly spec: ConvolutionSpec;
  readonly places: Places;
  readonly count: number;
  readonly units: number;
  /** Whether each tile of them has code of its own. */
  readonly isListed: boolean;
  /** Rows that are neighbours in the image as well. */
  readonly run: number;
  /** Bytes from a tap to the next in the laid out image, by axis; and from a window to the next. */
  readonly tapBytes: Sizes;
  readonly strideBytes: Sizes;
  readonly sums: readonly Local[];
  readonly division: Division | undefined;
  /** Scratch for what rounding takes from the sums. */
  readonly lostBytes: number;
}

/** What the code of the rows needs to know. */
export function rowsOf(f: FunctionBuilder, spec: ConvolutionSpec, { target }: Spread, places: Places): Rows {
  const { inChannels, filter, dilations, strides } = spec;
  const run = inChannels * (dilations[2] === 1 ? filter[2] : 1);
  const count = volume(filter) * inChannels;
  const most = Math.max(FEW_ROWS, mostRows());
  const isListed = count <= LISTED_ROWS;
  const division = divisionOf(spec.batch * volume(spec.output));
  return {
    f,
    spec,
    places,
    count,
    units: isListed ? Math.ceil(count / most) : (count / run) * PARTS,
    isListed,
    run,
    tapBytes: stepBytes(target, inChannels, dilations),
    strideBytes: stepBytes(target, inChannels, strides),
    sums: f.locals("v128", most * TILE_VECTORS),
    division,
    lostBytes: division?.compensated ? count * lostRowBytes(spec) : 0,
  };
}

/** Adds the sums of one image to the rows of the units from `begin` to `end`. */
export function emitRows(rows: Rows, begin: Local, end: Local): void {
  const { f, count, units } = rows;
  if (rows.isListed) {
    const size = Math.ceil(count / units);
    for (let unit = 0; unit < units; unit++) {
      f.i32(unit).get(begin).op("i32.ge_u").i32(unit).get(end).op("i32.lt_u").op("i32.and");
      f.if(() => emitListed(rows, unit * size, Math.min(count, (unit + 1) * size)));
    }
    return;
  }
  const [unit, run, from, row] = f.locals("i32", 4);
  f.forRange(unit, begin, end, 1, () => {
    f.get(unit).i32(PARTS).op("i32.div_u").set(run);
    locateRun(rows, run, from);
    f.get(run).i32(rows.run).op("i32.mul").set(row);
    emitRun(rows, unit, from, row);
  });
  f.free(unit, run, from, row);
}

/** Sets `from` to the address of a run's first element for the first window. */
function locateRun({ f, spec, places, tapBytes }: Rows, run: Local, from: Local): void {
  const [, height, width] = spec.filter;
  const inner = spec.dilations[2] === 1 ? 1 : width;
  const over = (size: number) => f.get(run).i32(size).op("i32.div_u");
  f.get(places.base);
  f.plus(() => over(inner * height), tapBytes[0]);
  f.plus(() => over(inner).i32(height).op("i32.rem_u"), tapBytes[1]);
  f.plus(() => f.get(run).i32(inner).op("i32.rem_u"), tapBytes[2]).set(from);
}

/** The tiles of a unit's part of a run. */
function emitRun(rows: Rows, unit: Local, from: Local, row: Local): void {
  const { f, run } = rows;
  const tileRows = mostRows();
  const whole = Math.floor(run / tileRows);
  const rest = run % tileRows;
  const partTiles = Math.ceil(whole / PARTS);
  const [tile, last, a, matrixRow, part] = f.locals("i32", 5);
  const emitTileRows = (count: number) => {
    f.get(from)
      .plus(tile, tileRows * ELEMENT)
      .set(a);
    f.get(row).plus(tile, tileRows).set(matrixRow);
    const offsets = Array.from({ length: count }, (_, i) => i * ELEMENT);
    emitSums(rows, offsets, a, matrixRow);
  };
  f.get(unit).i32(PARTS).op("i32.rem_u").set(part);
  f.get(part).i32(partTiles).op("i32.mul").tee(tile).plus(partTiles).set(last);
  f.smaller(last, whole).set(last);
  f.forRange(tile, tile, last, 1, () => emitTileRows(tileRows));
  if (rest) {
    f.get(part)
      .i32(PARTS - 1)
      .op("i32.eq");
    f.if(() => {
      f.i32(whole).set(tile);
      emitTileRows(rest);
    });
  }
  f.free(tile, last, a, matrixRow, part);
}

/** A tile of any rows, `first` to `end - 1`. */
function emitListed(rows: Rows, first: number, end: number): void {
  const { f, spec, tapBytes, places } = rows;
  const taps = tapOffsets(spec.filter, tapBytes);
  const offsets = taps.flatMap((tap) => Array.from({ length: spec.inChannels }, (_, i) => tap + i * ELEMENT));
  const row = f.local("i32");
  f.i32(first).set(row);
  emitSums(rows, offsets.slice(first, end), places.base, row);
  f.free(row);
}

/** Adds one image's sums to the rows from number `row` on, `offsets` away from `from`. */
function emitSums(rows: Rows, offsets: readonly number[], from: Local, row: Local): void {
  const { f, spec, places, strideBytes, division } = rows;
  const { outChannels, output } = spec;
  const [column, a, b, address] = f.locals("i32", 4);
  const lineBytes = outChannels * ELEMENT;
  const loops = [
    { count: output[0], a: strideBytes[0], b: output[1] * output[2] * lineBytes },
    { count: output[1], a: strideBytes[1], b: output[2] * lineBytes },
    { count: output[2], a: strideBytes[2], b: lineBytes },
  ].filter(({ count }, axis) => count > 1 || axis === 2);
  eachColumnTile(f, column, outChannels, (width) => {
    const vectors = Math.ceil(width / 4);
    const size = { rows: offsets.length, vectors, lanes: width - 4 * (vectors - 1) };
    const sums = rows.sums.slice(0, size.rows * vectors);
    f.get(from).set(a);
    f.get(places.errors).plus(column, 4).set(b);
    f.get(places.gradient).plus(row, lineBytes).plus(column, 4).set(address);
    const place = { address, rowBytes: lineBytes };
    const tile = { rows: offsets, vectors, lanes: size.lanes, padded: false, loops };
    if (!division) {
      f.get(places.image).if(
        () => loadTile(f, size, place, sums),
        () => clearTile(f, sums),
      );
      emitTile(f, tile, a, b, sums);
      storeTile(f, size, place, sums);
      return;
    }
    const lost = division.compensated ? lostPlace(rows, row, column) : undefined;
    clearTile(f, sums);
    f.get(places.image).op("i32.eqz");
    f.if(() => {
      storeTile(f, size, place, sums);
      if (lost) clearErrors(f, size, lost);
    });
    const putAway = () => addTile(f, size, place, sums, lost);
    emitTile(f, { ...tile, blocks: { terms: division.block, putAway } }, a, b, sums);
    if (!lost) return;
    f.get(places.image).plus(1).get(places.count).op("i32.eq");
    f.if(() => addErrors(f, size, place, lost));
    f.free(lost.address);
  });
  f.free(column, a, b, address);
}

/** Where a tile keeps what rounding takes from its sums. */
function lostPlace({ f, spec, places }: Rows, row: Local, column: Local): TilePlace {
  const [address, rowBytes] = [f.local("i32"), lostRowBytes(spec)];
  f.get(places.lost).plus(row, rowBytes).plus(column, 4).set(address);
  return { address, rowBytes };
}

function lostRowBytes({ outChannels }: ConvolutionSpec): number {
  return Math.ceil(outChannels / 4) * VECTOR;
}
