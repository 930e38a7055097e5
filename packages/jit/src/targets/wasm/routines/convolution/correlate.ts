/** @file What a convolution and its gradient for the input have in common: sums over windows of a laid out image. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { volume } from "../../../../steps/specs/convolution.ts";
import { onceKept } from "../kept.ts";
import { ELEMENT, VECTOR } from "../lanes.ts";
import { packedWidth } from "../matmul/pack.ts";
import { mostRows, TILE_VECTORS } from "../matmul/registers.ts";
import type { Epilogue, Routine } from "../routine.ts";
import { type Correlation, eachColumnTile, emitPart, termsOf, type Unit } from "./correlate-part.ts";
import { emitClear, emitSpread, isPlain, spreadBytes } from "./spread.ts";

/** Units at least, if the work is worth dividing among threads. */
const SHARED_UNITS = 8;

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
    f.smaller(pixel, rows).i32(output[2]).op("i32.mul").plus(base).set(pixel);
  };
  f.get(chunk).i32(chunkRows).op("i32.mul").tee(first).plus(chunkRows).set(last);
  pixelOf(first);
  pixelOf(last);
  f.i32(0).set(from);
  f.i32(columns).set(to);
  epilogue.emit(f, { rows: { first, last }, columns: { first: from, last: to } });
  f.free(first, last, from, to, base);
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
