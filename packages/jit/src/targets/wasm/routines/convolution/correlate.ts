/** @file What a convolution and its gradient for the input have in common: sums over windows of a laid out image. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { onceKept } from "../kept.ts";
import { ELEMENT, VECTOR } from "../lanes.ts";
import { packedWidth } from "../matmul/pack.ts";
import { divisionOf } from "../long-sums.ts";
import { addErrors, addTile, clearErrors, clearTile, storeTile } from "../matmul/store.ts";
import { mostRows, TILE_VECTORS } from "../matmul/registers.ts";
import { emitTile, type TermLoop } from "../matmul/tile.ts";
import type { Epilogue, Routine } from "../routine.ts";
import { type Sizes, volume } from "../../../../steps/specs/convolution.ts";
import { emitClear, emitSpread, isPlain, type Spread, spreadBytes } from "./spread.ts";

/** Output channels whose sums stay in registers, for a few output pixels. */
const TILE_COLUMNS = 4 * TILE_VECTORS;
/** Units at least, if the work is worth dividing among threads. */
const SHARED_UNITS = 8;

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

/**
 * `fn(images, weights, output, scratch, begin, end)`. A unit is an image, or some of its output rows.
 *
 * Each sum is taken in the order of taps and channels, in blocks of them where they are many.
 */
export function emitCorrelation(module: ModuleBuilder, correlation: Correlation): Routine {
  const { spread, columns, parts, epilogue } = correlation;
  const f = module.procedure(correlation.name, 6);
  const [images, weights, result, scratch, begin, end] = f.params;
  const plain = isPlain(spread);
  const imageBytes = plain ? 0 : spreadBytes(spread);
  const errorBytes = mostRows() * TILE_VECTORS * VECTOR;
  const rows = Math.max(...parts.map(({ count }) => count[0] * count[1]));
  const chunks = Math.min(rows, Math.ceil(SHARED_UNITS / correlation.batch));
  const [unit, image, chunk, base, strips] = f.locals("i32", 5);
  const errors = f.local("i32");
  f.get(scratch).plus(imageBytes).set(errors);

  if (correlation.isPacked) f.get(weights).set(strips);
  else
    f.get(scratch)
      .plus(imageBytes + errorBytes)
      .set(strips);
  if (!correlation.isPacked || !plain) {
    onceKept(f, module, () => {
      if (!correlation.isPacked) packAll(f, correlation, weights, strips);
      if (!plain) emitClear(f, scratch, spread);
    });
  }
  f.forRange(unit, begin, end, 1, () => {
    f.get(unit).i32(chunks).op("i32.div_u").set(image);
    f.get(unit).i32(chunks).op("i32.rem_u").set(chunk);
    f.get(images)
      .plus(image, volume(spread.source) * spread.channels * ELEMENT)
      .set(base);
    if (!plain) {
      f.get(chunk).op("i32.eqz").get(unit).get(begin).op("i32.eq").op("i32.or");
      f.if(() => emitSpread(f, base, scratch, spread));
      f.get(scratch).set(base);
    }
    let packed = 0;
    for (const part of parts) {
      emitPart(f, correlation, part, { image, chunk, chunks, base, strips, packed, result, errors });
      packed += termsOf(correlation, part) * packedWidth(columns) * ELEMENT;
    }
    if (epilogue) finishUnit(f, correlation, epilogue, { image, chunk, chunks });
  });
  const terms = parts.reduce((sum, part) => sum + termsOf(correlation, part), 0);
  return {
    fn: f.ref,
    units: correlation.batch * chunks,
    scratchBytes:
      imageBytes + (correlation.isPacked ? 0 : terms * packedWidth(columns) * ELEMENT) + errorBytes,
    flops: correlation.flops,
  };
}

function termsOf({ spread }: Correlation, { taps }: Part): number {
  return volume(taps) * spread.channels;
}

interface Unit {
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

/** Hands the unit's pixels to the epilogue: those of a result of one part lie one after the other. */
function finishUnit(
  f: FunctionBuilder,
  { output, columns, parts }: Correlation,
  epilogue: Epilogue,
  { image, chunk, chunks }: Pick<Unit, "image" | "chunk" | "chunks">,
): void {
  if (parts.length !== 1) throw new Error("internal: an epilogue of a result in several parts");
  const rows = output[0] * output[1];
  const chunkRows = Math.ceil(rows / chunks);
  const [first, last, from, to, base] = f.locals("i32", 5);
  f.get(image).i32(volume(output)).op("i32.mul").set(base);
  const pixelOf = (pixel: Local) => {
    // The last units may have no rows.
    f.i32(rows).get(pixel).i32(rows).get(pixel).op("i32.lt_u").op("select");
    f.i32(output[2]).op("i32.mul").plus(base).set(pixel);
  };
  f.get(chunk).i32(chunkRows).op("i32.mul").tee(first).plus(chunkRows).set(last);
  pixelOf(first);
  pixelOf(last);
  f.i32(0).set(from);
  f.i32(columns).set(to);
  epilogue.emit(f, { rows: { first, last }, columns: { first: from, last: to } });
  f.free(first, last, from, to, base);
}

/** One part's output pixels of a unit. */
function emitPart(f: FunctionBuilder, correlation: Correlation, part: Part, unit: Unit): void {
  const { spread, output, columns } = correlation;
  const { count, first, step, corner, strides } = part;
  const pixelBytes = spread.channels * ELEMENT;
  const rowBytes = spread.target[2] * pixelBytes;
  const planeBytes = spread.target[1] * rowBytes;
  const terms = termsOf(correlation, part);
  const division = divisionOf(terms);
  const rows = count[0] * count[1];
  const chunkRows = Math.ceil(rows / unit.chunks);
  const [begin, end, column, strip, row] = f.locals("i32", 5);
  const [from, pixel, x, a, b] = f.locals("i32", 5);
  const address = f.local("i32");
  const sums = f.locals("v128", mostRows() * TILE_VECTORS);

  f.get(unit.chunk).i32(chunkRows).op("i32.mul").tee(begin).plus(chunkRows).set(end);
  f.smaller(end, rows).set(end);
  f.get(unit.strips).plus(unit.packed).set(strip);
  eachColumnTile(f, column, columns, (width) => {
    const vectors = Math.ceil(width / 4);
    const size = { vectors, lanes: width - 4 * (vectors - 1) };
    const lineBytes = (correlation.isPacked ? TILE_COLUMNS : packedWidth(width)) * ELEMENT;
    const loops = termLoops(part, spread, rowBytes, lineBytes);
    f.forRange(row, begin, end, 1, () => {
      const depth = () => f.get(row).i32(count[1]).op("i32.div_u");
      const height = () => f.get(row).i32(count[1]).op("i32.rem_u");
      f.get(unit.base).plus(corner[0] * planeBytes + corner[1] * rowBytes + corner[2] * pixelBytes);
      depth()
        .i32(strides[0] * planeBytes)
        .op("i32.mul")
        .op("i32.add");
      height()
        .i32(strides[1] * rowBytes)
        .op("i32.mul")
        .op("i32.add")
        .set(from);
      // The number of the row's first pixel in all images' output.
      f.get(unit.image).i32(output[0]).op("i32.mul").plus(first[0]);
      depth().i32(step[0]).op("i32.mul").op("i32.add").i32(output[1]).op("i32.mul");
      f.plus(first[1]);
      height().i32(step[1]).op("i32.mul").op("i32.add").i32(output[2]).op("i32.mul");
      f.plus(first[2]).set(pixel);
      eachPixelTile(f, x, count[2], (pixels) => {
        const apart = strides[2] * pixelBytes;
        f.get(from).plus(x, apart).set(a);
        f.get(strip).set(b);
        f.get(pixel).plus(x, step[2]);
        f.i32(columns * ELEMENT).op("i32.mul");
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

/** Packs the weights of all parts and of all their tiles of columns, one after the other. */
function packAll(f: FunctionBuilder, correlation: Correlation, weights: Local, strips: Local): void {
  const [column, to] = f.locals("i32", 2);
  f.get(strips).set(to);
  for (const part of correlation.parts) {
    eachColumnTile(f, column, correlation.columns, (width) => {
      part.pack(f, weights, column, width, to);
      f.increase(to, termsOf(correlation, part) * packedWidth(width) * ELEMENT);
    });
  }
  f.free(column, to);
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
function termLoops(
  { taps, dilations }: Part,
  { channels, target }: Spread,
  rowBytes: number,
  lineBytes: number,
): TermLoop[] {
  const row = taps[2] * channels * lineBytes;
  const loops: TermLoop[] = [
    { count: taps[0], a: dilations[0] * target[1] * rowBytes, b: taps[1] * row },
    { count: taps[1], a: dilations[1] * rowBytes, b: row },
  ];
  const contiguous = dilations[2] === 1 || taps[2] === 1;
  if (!contiguous)
    loops.push({ count: taps[2], a: dilations[2] * channels * ELEMENT, b: channels * lineBytes });
  loops.push({ count: contiguous ? taps[2] * channels : channels, a: ELEMENT, b: lineBytes });
  return loops.filter(({ count }, i) => count > 1 || i === loops.length - 1);
}
