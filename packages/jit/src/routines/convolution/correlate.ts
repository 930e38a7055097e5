/** @file What a convolution and its gradient for the input have in common: sums over windows of a laid out image. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { ELEMENT } from "../lanes.ts";
import { packedWidth } from "../matmul/pack.ts";
import { clearTile, finishTile, storeTile } from "../matmul/store.ts";
import { emitTile, type TermLoop } from "../matmul/tile.ts";
import type { Epilogue, Routine } from "../routine.ts";
import { type Sizes, volume } from "./spec.ts";
import { emitClear, emitSpread, isPlain, type Spread, spreadBytes } from "./spread.ts";

/** Output pixels, and vectors of output channels, whose sums stay in registers. */
const TILE_PIXELS = 4;
const TILE_VECTORS = 2;
const TILE_COLUMNS = 4 * TILE_VECTORS;
/** Units at least, if the work is worth dividing among threads. */
const SHARED_UNITS = 8;

/** Sums over windows: `output[pixel, column] = Σ image[pixel * stride + tap * dilation, channel] weights[tap, channel, column]`. */
export interface Correlation {
  readonly name: string;
  readonly batch: number;
  /** From an image as given to one where each window lies within. */
  readonly spread: Spread;
  readonly taps: Sizes;
  readonly strides: Sizes;
  readonly dilations: Sizes;
  readonly output: Sizes;
  readonly columns: number;
  /** Writes `[taps, channels]` lines of the `width` weights from column number `first` on, padded to whole vectors. */
  readonly pack: (f: FunctionBuilder, weights: Local, first: Local, width: number, to: Local) => void;
  readonly epilogue?: Epilogue | undefined;
  readonly flops: number;
}

/**
 * `fn(images, weights, output, extra operands…, scratch, begin, end)`. A unit is an image, or some of its output rows.
 *
 * Each sum is taken in the order of taps and channels.
 */
export function emitCorrelation(module: ModuleBuilder, correlation: Correlation): Routine {
  const { spread, output, columns, epilogue } = correlation;
  const params = Array.from({ length: 6 + (epilogue?.operands ?? 0) }, () => "i32" as const);
  const f = module.function(correlation.name, { params, results: [] });
  const [images, weights, result] = f.params as [Local, Local, Local];
  const operands = f.params.slice(3, -3);
  const [scratch, begin, end] = f.params.slice(-3) as [Local, Local, Local];
  const channelBytes = spread.channels * ELEMENT;
  const terms = volume(correlation.taps) * spread.channels;
  const plain = isPlain(spread);
  const imageBytes = plain ? 0 : spreadBytes(spread);
  const rows = output[0] * output[1];
  const wanted = Math.min(rows, Math.ceil(SHARED_UNITS / correlation.batch));
  const chunkRows = Math.ceil(rows / wanted);
  const chunks = Math.ceil(rows / chunkRows);
  const rowBytes = spread.target[2] * channelBytes;
  const int = () => f.local("i32");
  const [unit, image, chunk, base, strips] = [int(), int(), int(), int(), int()];
  const [first, last] = [int(), int()];

  f.get(scratch).i32(imageBytes).op("i32.add").set(strips);
  packAll(f, correlation, weights, strips, terms);
  if (!plain) emitClear(f, scratch, spread);
  f.forRange(unit, begin, end, 1, () => {
    f.get(unit).i32(chunks).op("i32.div_u").set(image);
    f.get(unit).i32(chunks).op("i32.rem_u").set(chunk);
    f.get(images)
      .get(image)
      .i32(volume(spread.source) * channelBytes)
      .op("i32.mul")
      .op("i32.add")
      .set(base);
    if (!plain) {
      f.get(chunk).op("i32.eqz").get(unit).get(begin).op("i32.eq").op("i32.or");
      f.if(() => emitSpread(f, base, scratch, spread));
      f.get(scratch).set(base);
    }
    f.get(chunk).i32(chunkRows).op("i32.mul").tee(first).i32(chunkRows).op("i32.add").set(last);
    f.get(last).i32(rows).get(last).i32(rows).op("i32.lt_s").op("select").set(last);
    emitUnit();
  });

  function emitUnit(): void {
    const [column, strip, row, from, pixel] = [int(), int(), int(), int(), int()];
    const [x, a, b, address, index] = [int(), int(), int(), int(), int()];
    const sums = f.locals("v128", TILE_PIXELS * TILE_VECTORS);
    f.get(strips).set(strip);
    eachColumnTile(f, column, columns, (width) => {
      const vectors = Math.ceil(width / 4);
      const size = { vectors, lanes: width - 4 * (vectors - 1) };
      const lineBytes = packedWidth(width) * ELEMENT;
      const loops = termLoops(correlation, rowBytes, lineBytes);
      f.forRange(row, first, last, 1, () => {
        f.get(row)
          .i32(output[1])
          .op("i32.rem_u")
          .i32(correlation.strides[1] * rowBytes)
          .op("i32.mul");
        f.get(row).i32(output[1]).op("i32.div_u");
        f.i32(correlation.strides[0] * spread.target[1] * rowBytes).op("i32.mul");
        f.op("i32.add").get(base).op("i32.add").set(from);
        f.get(image).i32(rows).op("i32.mul").get(row).op("i32.add").i32(output[2]).op("i32.mul").set(pixel);
        eachPixelTile(f, x, output[2], (pixels) => {
          const apart = correlation.strides[2] * channelBytes;
          f.get(from).get(x).i32(apart).op("i32.mul").op("i32.add").set(a);
          f.get(strip).set(b);
          f.get(pixel).get(x).op("i32.add").tee(index);
          f.i32(columns * ELEMENT).op("i32.mul");
          f.get(column).i32(2).op("i32.shl").op("i32.add").get(result).op("i32.add").set(address);
          const tile = sums.slice(0, pixels * vectors);
          const tileSize = { rows: pixels, ...size };
          const place = { address, rowBytes: columns * ELEMENT, row: index, column };
          clearTile(f, tile);
          const offsets = Array.from({ length: pixels }, (_, i) => i * apart);
          emitTile(f, { rows: offsets, ...size, padded: true, loops }, a, b, tile);
          if (epilogue) finishTile(f, tileSize, place, tile, epilogue, operands);
          storeTile(f, tileSize, place, tile);
        });
      });
      f.get(strip)
        .i32(terms * lineBytes)
        .op("i32.add")
        .set(strip);
    });
    f.free(column, strip, row, from, pixel, x, a, b, address, index, ...sums);
  }

  return {
    fn: f.ref,
    units: correlation.batch * chunks,
    scratchBytes: imageBytes + terms * packedWidth(columns) * ELEMENT,
    flops: correlation.flops,
  };
}

/** Packs the weights of all tiles of columns, one after the other. */
function packAll(
  f: FunctionBuilder,
  { columns, pack }: Correlation,
  weights: Local,
  strips: Local,
  terms: number,
): void {
  const [column, to] = [f.local("i32"), f.local("i32")];
  f.get(strips).set(to);
  eachColumnTile(f, column, columns, (width) => {
    pack(f, weights, column, width, to);
    f.get(to)
      .i32(terms * packedWidth(width) * ELEMENT)
      .op("i32.add")
      .set(to);
  });
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
  const tiles = Math.ceil(width / TILE_PIXELS);
  const small = Math.floor(width / tiles);
  const larger = (width % tiles) * (small + 1);
  f.forRange(x, 0, larger, small + 1, () => body(small + 1));
  f.forRange(x, larger, width, small, () => body(small));
}

/** Loops over taps and channels; those along a row are one where they are contiguous. */
function termLoops(
  { taps, dilations, spread }: Correlation,
  rowBytes: number,
  lineBytes: number,
): TermLoop[] {
  const { channels, target } = spread;
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
