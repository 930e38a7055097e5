/** @file The gradient of a convolution for its filter. */
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { onceKept } from "../kept.ts";
import { ELEMENT } from "../lanes.ts";
import type { Routine } from "../routine.ts";
import { type ConvolutionSpec, flopsOf, volume } from "../../../../steps/specs/convolution.ts";
import { emitRows, rowsOf } from "./filter-rows.ts";
import { emitClear, emitSpread, isPlain, spreadBytes, spreadFor } from "./spread.ts";

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
  const spread = spreadFor(spec, inChannels);
  const plain = isPlain(spread);
  const f = module.procedure(
    `convolution filter gradient ${spec.filter.join("x")}x${inChannels}x${outChannels}`,
    6,
  );
  const [x, dy, gradient, scratch, begin, end] = f.params;
  const [image, count, part, source, errors, base, matrix, from, to, lost] = f.locals("i32", 10);
  const laidOutBytes = plain ? 0 : spreadBytes(spread);
  f.get(scratch).plus(laidOutBytes).set(lost);
  const places = { image, count, base, errors, gradient: matrix, lost };
  const rows = rowsOf(f, spec, spread, places);
  const { units } = rows;
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
      emitRows(rows, from, to);
      f.increase(source, imageBytes);
      f.increase(errors, errorBytes);
    });
  };
  const begins = (operand: Local, bytes: number, target: Local) =>
    f.get(operand).plus(part, bytes).set(target);
  // The units of a call are the last of its first part, all of the following, and the first of its last.
  f.get(begin).i32(units).op("i32.div_u").set(part);
  f.get(begin).get(part).i32(units).op("i32.mul").op("i32.sub").set(from);
  f.get(end).get(part).i32(units).op("i32.mul").op("i32.sub").set(end);
  f.loop((again) => {
    f.smaller(end, units).set(to);
    begins(x, images * imageBytes, source);
    begins(dy, images * errorBytes, errors);
    begins(gradient, matrixBytes, matrix);
    f.i32(batch).get(part).i32(images).op("i32.mul").op("i32.sub").set(count);
    f.smaller(images, count).set(count);
    emitPart();
    f.i32(0).set(from);
    f.increase(part, 1);
    f.get(end).i32(units).op("i32.sub").tee(end).i32(0).op("i32.gt_s").brIf(again);
  });
  return {
    fn: f.ref,
    units: parts * units,
    scratchBytes: laidOutBytes + rows.lostBytes,
    flops: flopsOf(spec),
  };
}
