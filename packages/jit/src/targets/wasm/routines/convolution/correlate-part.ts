/** @file The sums over windows of a laid out image that have the same taps. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { type Sizes, volume } from "../../../../steps/specs/convolution.ts";
import { ELEMENT, VECTOR } from "../lanes.ts";
import { divisionOf } from "../long-sums.ts";
import { packedWidth } from "../matmul/pack.ts";
import { mostRows, TILE_VECTORS } from "../matmul/registers.ts";
import { addErrors, addTile, clearErrors, clearTile, storeTile } from "../matmul/store.ts";
import { emitTile, type TermLoop } from "../matmul/tile.ts";
import type { Epilogue } from "../routine.ts";
import { type Spread, stepBytes } from "./spread.ts";

/** Output channels whose sums stay in registers, for a few output pixels. */
const TILE_COLUMNS = 4 * TILE_VECTORS;

/** Output pixels whose windows have the same taps, in even steps. */
export interface Part {
  readonly taps: Sizes;
  /** From a tap to the next, in pixels of the laid out image. */
  readonly dilations: Sizes;
  /** How many output pixels; the first of them, and from one to the next. */
  readonly count: Sizes;
  readonly first: Sizes;
  readonly step: Sizes;
  /** Where the window of the first begins in the laid out image, and from one window to the next. */
  readonly corner: Sizes;
  readonly strides: Sizes;
  /** Writes `[taps, channels]` lines of the `width` weights from column number `column` on, padded to whole vectors. */
  readonly pack: (f: FunctionBuilder, weights: Local, column: Local, width: number, to: Local) => void;
}

/** Sums over windows of an image: `output[pixel, column] = Σ image[window(pixel) + tap, channel] weights[tap, channel, column]`. */
export interface Correlation {
  readonly name: string;
  readonly batch: number;
  /** From an image as given to one where each window lies within. */
  readonly spread: Spread;
  readonly output: Sizes;
  readonly columns: number;
  /** Which together are the output. */
  readonly parts: readonly Part[];
  /** Whether the weights are given as the one part would pack them, all lines as wide as a tile. */
  readonly isPacked?: boolean | undefined;
  readonly epilogue?: Epilogue | undefined;
  readonly flops: number;
}

/** A unit: an image, or some of its output rows. */
export interface Unit {
  readonly image: Local;
  /** Which of `chunks` equal parts of the rows. */
  readonly chunk: Local;
  readonly chunks: number;
  /** The laid out image. */
  readonly base: Local;
  /** The packed weights, and how many bytes of them belong to other parts before. */
  readonly strips: Local;
  readonly packed: number;
  readonly result: Local;
  /** Scratch for what rounding takes from the sums of a tile. */
  readonly errors: Local;
}

/** The terms of each sum of a part. */
export function termsOf({ spread }: Correlation, { taps }: Part): number {
  return volume(taps) * spread.channels;
}

/** One part's output pixels of a unit. */
export function emitPart(f: FunctionBuilder, correlation: Correlation, part: Part, unit: Unit): void {
  const { spread, output, columns } = correlation;
  const { count, first, step, corner, strides } = part;
  const [planeStep, rowStep, apart] = stepBytes(spread.target, spread.channels, strides);
  const begins = stepBytes(spread.target, spread.channels, corner).reduce((sum, bytes) => sum + bytes);
  const terms = termsOf(correlation, part);
  const division = divisionOf(terms);
  const rows = count[0] * count[1];
  const chunkRows = Math.ceil(rows / unit.chunks);
  const [begin, end, column, strip, row, from, pixel, x, a, b, address] = f.locals("i32", 11);
  const sums = f.locals("v128", mostRows() * TILE_VECTORS);

  f.get(unit.chunk).i32(chunkRows).op("i32.mul").tee(begin).plus(chunkRows).set(end);
  f.smaller(end, rows).set(end);
  f.get(unit.strips).plus(unit.packed).set(strip);
  eachColumnTile(f, column, columns, (width) => {
    const vectors = Math.ceil(width / 4);
    const size = { vectors, lanes: width - 4 * (vectors - 1) };
    const lineBytes = (correlation.isPacked ? TILE_COLUMNS : packedWidth(width)) * ELEMENT;
    const loops = termLoops(part, spread, lineBytes);
    f.forRange(row, begin, end, 1, () => {
      const depth = () => f.get(row).i32(count[1]).op("i32.div_u");
      const height = () => f.get(row).i32(count[1]).op("i32.rem_u");
      f.get(unit.base).plus(begins).plus(depth, planeStep).plus(height, rowStep).set(from);
      // The number of the row's first pixel in all images' output.
      f.get(unit.image).i32(output[0]).op("i32.mul").plus(first[0]).plus(depth, step[0]);
      f.i32(output[1]).op("i32.mul").plus(first[1]).plus(height, step[1]);
      f.i32(output[2]).op("i32.mul").plus(first[2]).set(pixel);
      eachPixelTile(f, x, count[2], (pixels) => {
        f.get(from).plus(x, apart).set(a);
        f.get(strip).set(b);
        f.get(pixel)
          .plus(x, step[2])
          .i32(columns * ELEMENT)
          .op("i32.mul");
        f.plus(column, 4).plus(unit.result).set(address);
        const tile = sums.slice(0, pixels * vectors);
        const place = { address, rowBytes: step[2] * columns * ELEMENT };
        clearTile(f, tile);
        const offsets = Array.from({ length: pixels }, (_, i) => i * apart);
        const tileSize = { rows: pixels, ...size };
        const windows = { rows: offsets, ...size, padded: true, loops };
        if (!division) {
          if (terms) emitTile(f, windows, a, b, tile);
          storeTile(f, tileSize, place, tile);
          return;
        }
        const errors = division.compensated
          ? { address: unit.errors, rowBytes: vectors * VECTOR }
          : undefined;
        storeTile(f, tileSize, place, tile);
        if (errors) clearErrors(f, tileSize, errors);
        const putAway = () => addTile(f, tileSize, place, tile, errors);
        emitTile(f, { ...windows, blocks: { terms: division.block, putAway } }, a, b, tile);
        if (errors) addErrors(f, tileSize, place, errors);
      });
    });
    f.increase(strip, terms * lineBytes);
  });
  f.free(begin, end, column, strip, row, from, pixel, x, a, b, address, ...sums);
}

/** Runs code for the whole tiles of columns and for the rest, `column` being the first of the tile. */
export function eachColumnTile(
  f: FunctionBuilder,
  column: Local,
  columns: number,
  body: (width: number) => void,
): void {
  const whole = columns - (columns % TILE_COLUMNS);
  f.forRange(column, 0, whole, TILE_COLUMNS, () => body(TILE_COLUMNS));
  if (whole < columns) {
    f.i32(whole).set(column);
    body(columns - whole);
  }
}

/** Runs code for tiles of a row of pixels, as equal as can be: an odd pixel at the end would cost as much as a tile. */
function eachPixelTile(f: FunctionBuilder, x: Local, width: number, body: (pixels: number) => void): void {
  const tiles = Math.ceil(width / mostRows());
  const small = Math.floor(width / tiles);
  const larger = (width % tiles) * (small + 1);
  f.forRange(x, 0, larger, small + 1, () => body(small + 1));
  f.forRange(x, larger, width, small, () => body(small));
}

/** Loops over taps and channels; those along a row are one where they are contiguous. */
function termLoops({ taps, dilations }: Part, { channels, target }: Spread, lineBytes: number): TermLoop[] {
  const [depth, height, width] = stepBytes(target, channels, dilations);
  const row = taps[2] * channels * lineBytes;
  const loops: TermLoop[] = [
    { count: taps[0], a: depth, b: taps[1] * row },
    { count: taps[1], a: height, b: row },
  ];
  const contiguous = dilations[2] === 1 || taps[2] === 1;
  if (!contiguous) loops.push({ count: taps[2], a: width, b: channels * lineBytes });
  loops.push({ count: contiguous ? taps[2] * channels : channels, a: ELEMENT, b: lineBytes });
  return loops.filter(({ count }, i) => count > 1 || i === loops.length - 1);
}
