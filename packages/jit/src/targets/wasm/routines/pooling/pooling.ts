/** @file Maxima and means over windows. */
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import { Wide } from "../../math/wide.ts";
import { volume } from "../../../../steps/specs/convolution.ts";
import type { PoolingSpec } from "../../../../steps/specs/pooling.ts";
import { loadLanes, storeLanes } from "../lanes.ts";
import { divisionOf } from "../long-sums.ts";
import type { Routine } from "../routine.ts";
import { Windows } from "./window.ts";

/**
 * `fn(x, y, scratch, begin, end)`: the maximum of each window, NaN if it has one, or the mean of those of its elements
 * that are in the image. A unit is a row of the output.
 */
export function emitPooling(module: ModuleBuilder, spec: PoolingSpec, kind: "max" | "mean"): Routine {
  const { batch, input, output, channels } = spec;
  const f = module.procedure(`${kind} pooling`, 5);
  const [x, y, , begin, end] = f.params;
  const windows = new Windows(f, spec);
  const wide = kind === "mean" && divisionOf(volume(spec.window)) ? new Wide(f, "sum") : undefined;
  const isInteger = spec.lane === "i32";
  const seesNaN = kind === "max" && !isInteger;
  const [unit, image, target, c, corner] = f.locals("i32", 5);
  const place = f.locals("i32", 3);
  const [sum, value, count, address] = [f.local("v128"), f.local("v128"), f.local("f32"), f.local("i32")];
  // Where a NaN was met, all bits; the faster maximum passes over it.
  const unordered = f.local("v128");
  f.forRange(unit, begin, end, 1, () => {
    f.get(unit).i32(output[1]).op("i32.rem_u").set(place[1]);
    f.get(unit).i32(output[1]).op("i32.div_u").i32(output[0]).op("i32.rem_u").set(place[0]);
    const number = () =>
      f
        .get(unit)
        .i32(output[0] * output[1])
        .op("i32.div_u");
    f.get(x)
      .plus(number, volume(input) * windows.pixelBytes)
      .set(image);
    f.get(y)
      .plus(unit, output[2] * windows.pixelBytes)
      .set(target);
    f.forRange(place[2], 0, output[2], 1, () => {
      windows.eachVector(c, 0, windows.pixelBytes, (lanes) => {
        windows.locate(corner, image, place, c);
        if (isInteger) f.i32x4(-(2 ** 31));
        else f.f32x4(kind === "max" ? -Infinity : 0);
        f.set(sum);
        wide?.clear();
        if (seesNaN) f.f32x4(0).set(unordered);
        const counts = kind === "mean" && !windows.written;
        if (counts) f.f32(0).set(count);
        windows.eachTap(corner, place, (tap) => {
          loadLanes(f, tap.address, tap.offset, lanes);
          f.set(value);
          if (isInteger) f.get(value).get(sum).op("i32x4.max_s");
          else if (kind === "max") {
            f.get(value).get(value).op("f32x4.ne").get(unordered).op("v128.or").set(unordered);
            f.get(sum).get(value).op("f32x4.pmax");
          } else if (wide) {
            wide.add(value);
            wide.push();
          } else f.get(sum).get(value).op("f32x4.add");
          f.set(sum);
          if (counts) f.get(count).f32(1).op("f32.add").set(count);
        });
        if (counts) f.get(sum).get(count).op("f32x4.splat").op("f32x4.div").set(sum);
        else if (kind === "mean")
          f.get(sum)
            .f32x4(1 / volume(spec.window))
            .op("f32x4.mul")
            .set(sum);
        // All bits set are a NaN.
        if (seesNaN) f.get(sum).get(unordered).op("v128.or").set(sum);
        f.get(target).plus(c).set(address);
        storeLanes(f, address, 0, lanes, sum);
      });
      f.increase(target, windows.pixelBytes);
    });
  });
  return {
    fn: f.ref,
    units: batch * output[0] * output[1],
    scratchBytes: 0,
    flops: batch * volume(output) * volume(spec.window) * channels,
  };
}
