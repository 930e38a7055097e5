/** @file The gradient of a convolution for its filter. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { onceKept } from "../kept.ts";
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
import type { Routine } from "../routine.ts";
import { eachColumnTile } from "./correlate.ts";
import { type ConvolutionSpec, flopsOf, reach, volume } from "../../../../steps/specs/convolution.ts";
import { emitClear, emitSpread, isPlain, type Spread, spreadBytes } from "./spread.ts";

/** With few filter elements, five are better than four and a rest. */
const FEW_ROWS = 5;
/** Up to here each tile of rows has code of its own, whatever the distances between its rows. */
const LISTED_ROWS = 24;
/** Units of a run of rows, so that few runs can be shared, too. */
const PARTS = 2;

/**
 * `fn(x, dy, dfilter, scratch, begin, end)`. The rows of the filter's matrix are `[...taps, inChannels]`, a unit is some
 * of them, for a part of the batch.
 *
 * Each call lays out the images for itself; a sum takes image after image, pixel after pixel, in blocks where they are
 * many.
 */
export function emitFilterGradient(module: ModuleBuilder, spec: ConvolutionSpec): Routine {
  const { batch, input, inChannels, output, outChannels, parts = 1 } = spec;
  const images = Math.ceil(batch / parts);
  const spread: Spread = {
    source: input,
    target: reach(spec),
    spacing: [1, 1, 1],
    offset: spec.before,
    channels: inChannels,
  };
  const plain = isPlain(spread);
  const f = module.procedure(
    `convolution filter gradient ${spec.filter.join("x")}x${inChannels}x${outChannels}`,
    6,
  );
  const [x, dy, gradient, scratch, begin, end] = f.params;
  const [image, count, part, source, errors, base, matrix] = f.locals("i32", 7) as Local[] &
    [Local, Local, Local, Local, Local, Local, Local];
  const [from, to] = f.locals("i32", 2);
  const laidOutBytes = plain ? 0 : spreadBytes(spread);
  const lost = f.local("i32");
  f.get(scratch).plus(laidOutBytes).set(lost);
  const places = { image, count, base, errors, gradient: matrix, lost };
  const tiles = new RowTiles(f, spec, spread, places);
  if (!plain) onceKept(f, module, () => emitClear(f, scratch, spread));
  const imageBytes = volume(input) * inChannels * ELEMENT;
  const errorBytes = volume(output) * outChannels * ELEMENT;
  const matrixBytes = volume(spec.filter) * inChannels * outChannels * ELEMENT;
  const emitPart = () => {
    f.forRange(image, 0, count, 1, () => {
      if (plain) f.get(source).set(base);
      else {
        emitSpread(f, source, scratch, spread);
        f.get(scratch).set(base);
      }
      tiles.emit(from, to);
      f.increase(source, imageBytes);
      f.increase(errors, errorBytes);
    });
  };
  const begins = (operand: Local, bytes: number, target: Local) =>
    f.get(operand).plus(part, bytes).set(target);
  // The units of a call are the last of its first part, all of the following, and the first of its last.
  f.get(begin).i32(tiles.units).op("i32.div_u").set(part);
  f.get(begin).get(part).i32(tiles.units).op("i32.mul").op("i32.sub").set(from);
  f.get(end).get(part).i32(tiles.units).op("i32.mul").op("i32.sub").set(end);
  f.loop((again) => {
    f.smaller(end, tiles.units).set(to);
    begins(x, images * imageBytes, source);
    begins(dy, images * errorBytes, errors);
    begins(gradient, matrixBytes, matrix);
    f.i32(images).i32(batch).get(part).i32(images).op("i32.mul").op("i32.sub").tee(count);
    f.i32(images).get(count).op("i32.lt_u").op("select").set(count);
    emitPart();
    f.i32(0).set(from);
    f.increase(part, 1);
    f.get(end).i32(tiles.units).op("i32.sub").tee(end).i32(0).op("i32.gt_s").brIf(again);
  });
  return {
    fn: f.ref,
    units: parts * tiles.units,
    scratchBytes: laidOutBytes + tiles.lostBytes,
    flops: flopsOf(spec),
  };
}

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

/** The tiles of rows of the filter's matrix, for one image. */
class RowTiles {
  readonly units: number;
  private readonly f: FunctionBuilder;
  private readonly spec: ConvolutionSpec;
  private readonly places: Places;
  /** Bytes from a tap to the next in the laid out image, by axis. */
  private readonly tapBytes: readonly [number, number, number];
  /** Bytes from a window to the next. */
  private readonly strideBytes: readonly [number, number, number];
  /** Rows that are neighbours in the image as well. */
  private readonly run: number;
  private readonly rows: number;
  private readonly sums: readonly Local[];
  /** Rows whose sums stay in registers: of many, and of few. */
  private readonly tileRows = mostRows();
  private readonly mostRows = Math.max(FEW_ROWS, mostRows());
  private readonly division: Division | undefined;

  constructor(f: FunctionBuilder, spec: ConvolutionSpec, spread: Spread, places: Places) {
    this.f = f;
    this.spec = spec;
    this.places = places;
    const pixel = spec.inChannels * ELEMENT;
    const row = spread.target[2] * pixel;
    const plane = spread.target[1] * row;
    const { dilations, strides, filter } = spec;
    this.tapBytes = [dilations[0] * plane, dilations[1] * row, dilations[2] * pixel];
    this.strideBytes = [strides[0] * plane, strides[1] * row, strides[2] * pixel];
    this.run = spec.inChannels * (dilations[2] === 1 ? filter[2] : 1);
    this.rows = volume(filter) * spec.inChannels;
    this.division = divisionOf(spec.batch * volume(spec.output));
    this.units = this.listed ? Math.ceil(this.rows / this.mostRows) : (this.rows / this.run) * PARTS;
    this.sums = f.locals("v128", this.mostRows * TILE_VECTORS);
  }

  /** Scratch for what rounding takes from the sums. */
  get lostBytes(): number {
    return this.division?.compensated ? this.rows * this.lostRowBytes : 0;
  }

  private get lostRowBytes(): number {
    return Math.ceil(this.spec.outChannels / 4) * VECTOR;
  }

  private get listed(): boolean {
    return this.rows <= LISTED_ROWS;
  }

  emit(begin: Local, end: Local): void {
    const { f } = this;
    if (this.listed) {
      const size = Math.ceil(this.rows / this.units);
      for (let unit = 0; unit < this.units; unit++) {
        f.i32(unit).get(begin).op("i32.ge_u").i32(unit).get(end).op("i32.lt_u").op("i32.and");
        f.if(() => this.listedTile(unit * size, Math.min(this.rows, (unit + 1) * size)));
      }
      return;
    }
    const [unit, run] = f.locals("i32", 2);
    const [from, row] = f.locals("i32", 2);
    f.forRange(unit, begin, end, 1, () => {
      f.get(unit).i32(PARTS).op("i32.div_u").set(run);
      this.locateRun(run, from);
      f.get(run).i32(this.run).op("i32.mul").set(row);
      this.runTiles(unit, from, row);
    });
    f.free(unit, run, from, row);
  }

  /** Sets `from` to the address of a run's first element for the first window. Changes `run` not. */
  private locateRun(run: Local, from: Local): void {
    const { f, tapBytes, spec } = this;
    const [, height, width] = spec.filter;
    const inner = spec.dilations[2] === 1 ? 1 : width;
    f.get(this.places.base);
    f.get(run)
      .i32(inner * height)
      .op("i32.div_u")
      .i32(tapBytes[0])
      .op("i32.mul")
      .op("i32.add");
    f.get(run).i32(inner).op("i32.div_u").i32(height).op("i32.rem_u").i32(tapBytes[1]).op("i32.mul");
    f.op("i32.add");
    f.get(run).i32(inner).op("i32.rem_u").i32(tapBytes[2]).op("i32.mul").op("i32.add").set(from);
  }

  /** The tiles of a unit's part of a run. */
  private runTiles(unit: Local, from: Local, row: Local): void {
    const { f } = this;
    const whole = Math.floor(this.run / this.tileRows);
    const rest = this.run % this.tileRows;
    const partTiles = Math.ceil(whole / PARTS);
    const [tile, last, a, matrixRow] = f.locals("i32", 4);
    const emitTileRows = (rows: number) => {
      f.get(from)
        .plus(tile, this.tileRows * ELEMENT)
        .set(a);
      f.get(row).plus(tile, this.tileRows).set(matrixRow);
      const offsets = Array.from({ length: rows }, (_, i) => i * ELEMENT);
      this.tile(offsets, a, matrixRow);
    };
    const part = f.local("i32");
    f.get(unit).i32(PARTS).op("i32.rem_u").set(part);
    f.get(part).i32(partTiles).op("i32.mul").tee(tile).plus(partTiles).set(last);
    f.smaller(last, whole).set(last);
    f.forRange(
      tile,
      () => f.get(tile),
      last,
      1,
      () => emitTileRows(this.tileRows),
    );
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
  private listedTile(first: number, end: number): void {
    const { f, spec, tapBytes } = this;
    const [, height, width] = spec.filter;
    const offsets = Array.from({ length: end - first }, (_, i) => {
      const tap = Math.floor((first + i) / spec.inChannels);
      const channel = (first + i) % spec.inChannels;
      const place = [
        Math.floor(tap / (height * width)),
        Math.floor(tap / width) % height,
        tap % width,
      ] as const;
      return place.reduce((sum, at, axis) => sum + at * tapBytes[axis]!, channel * ELEMENT);
    });
    const row = f.local("i32");
    f.i32(first).set(row);
    this.tile(offsets, this.places.base, row);
    f.free(row);
  }

  /** Adds one image's sums to the rows from number `row` on, `offsets` away from `from`. */
  private tile(offsets: readonly number[], from: Local, row: Local): void {
    const { f, spec, places, strideBytes } = this;
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
      const sums = this.sums.slice(0, size.rows * vectors);
      f.get(from).set(a);
      f.get(places.errors).plus(column, 4).set(b);
      f.get(places.gradient).plus(row, lineBytes);
      f.plus(column, 4).set(address);
      const place = { address, rowBytes: lineBytes };
      const tile = { rows: offsets, vectors, lanes: size.lanes, padded: false, loops };
      const { division } = this;
      if (!division) {
        f.get(places.image).if(
          () => loadTile(f, size, place, sums),
          () => clearTile(f, sums),
        );
        emitTile(f, tile, a, b, sums);
        storeTile(f, size, place, sums);
        return;
      }
      const lost = division.compensated ? this.lostPlace(row, column) : undefined;
      clearTile(f, sums);
      f.get(places.image)
        .op("i32.eqz")
        .if(() => {
          storeTile(f, size, place, sums);
          if (lost) clearErrors(f, size, lost);
        });
      const putAway = () => addTile(f, size, place, sums, lost);
      emitTile(f, { ...tile, blocks: { terms: division.block, putAway } }, a, b, sums);
      if (!lost) return;
      f.get(places.image)
        .plus(1)
        .get(places.count)
        .op("i32.eq")
        .if(() => addErrors(f, size, place, lost));
      f.free(lost.address);
    });
    f.free(column, a, b, address);
  }

  private lostPlace(row: Local, column: Local): TilePlace {
    const { f, places, lostRowBytes } = this;
    const address = f.local("i32");
    f.get(places.lost).plus(row, lostRowBytes);
    f.plus(column, 4).set(address);
    return { address, rowBytes: lostRowBytes };
  }
}
