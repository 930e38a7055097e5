/** @file The gradients of pooling. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local, Times } from "../../assembler/types.ts";
import { volume } from "../../../../steps/specs/convolution.ts";
import type { PoolingSpec } from "../../../../steps/specs/pooling.ts";
import { ELEMENT, loadLanes, storeLanes } from "../lanes.ts";
import type { Routine } from "../routine.ts";
import { type Tap, Windows } from "./window.ts";

/** Channels of a unit; a multiple of 4. */
const UNIT_CHANNELS = 16;

/**
 * `fn(dy, dx, scratch, begin, end)`: the gradient of the mean of those elements of a window that are in the image. A unit
 * is an image's channels, some of them.
 */
export function emitMeanPoolingGradient(module: ModuleBuilder, spec: PoolingSpec): Routine {
  const f = module.procedure("mean pooling gradient", 5);
  const [dy, dx] = f.params;
  const [error, count] = [f.local("v128"), f.local("f32")];
  return emitGradient(f, spec, dy, dx, (windows, { corner, place, lanes, source }) => {
    if (!windows.inside) {
      f.f32(0).set(count);
      windows.eachTap(corner, place, () => f.get(count).f32(1).op("f32.add").set(count));
    }
    loadLanes(f, source, 0, lanes);
    if (windows.inside) f.f32x4(1 / volume(spec.window)).op("f32x4.mul");
    else f.get(count).op("f32x4.splat").op("f32x4.div");
    f.set(error);
    windows.eachTap(corner, place, (tap) => deposit(f, windows, tap, lanes, () => f.get(error)));
  });
}

/**
 * `fn(dy, x, dx, scratch, begin, end)`: the gradient of the maximum goes to where it was found first. NaN and the
 * lowest number are not found. A unit is an image's channels, some of them.
 */
export function emitMaxPoolingGradient(module: ModuleBuilder, spec: PoolingSpec): Routine {
  const f = module.procedure("max pooling gradient", 6);
  const [dy, x, dx] = f.params;
  const [error, value, best, found, better] = f.locals("v128", 5);
  const origin = f.local("i32");
  const isBetter = {
    f32: "f32x4.gt",
    i32: "i32x4.gt_s",
  } as const;
  return emitGradient(f, spec, dy, dx, (windows, { corner, place, lanes, source }) => {
    if (spec.lane === "i32") f.i32x4(-(2 ** 31));
    else f.f32x4(-Infinity);
    f.set(best);
    f.i32x4(-1).set(found);
    // The same place in x.
    f.get(corner).plus(x).get(dx).op("i32.sub").set(origin);
    windows.eachTap(origin, place, (tap) => {
      loadLanes(f, tap.address, tap.offset, lanes);
      f.tee(value).get(best);
      f.op(isBetter[spec.lane]).set(better);
      f.get(value).get(best).get(better).op("v128.bitselect").set(best);
      tap.number();
      f.op("i32x4.splat").get(found).get(better).op("v128.bitselect").set(found);
    });
    loadLanes(f, source, 0, lanes);
    f.set(error);
    windows.eachTap(corner, place, (tap) =>
      deposit(f, windows, tap, lanes, () => {
        tap.number();
        f.op("i32x4.splat").get(found).op("i32x4.eq").get(error).op("v128.and");
      }),
    );
  });
}

interface Pixel {
  /** The window's first tap in dx. */
  readonly corner: Local;
  readonly place: readonly [Local, Local, Local];
  readonly lanes: number;
  /** In dy. */
  readonly source: Local;
}

/** Loops over the units and their pixels; the last three parameters of `f` are scratch and the range of units. */
function emitGradient(
  f: FunctionBuilder,
  spec: PoolingSpec,
  dy: Local,
  dx: Local,
  body: (windows: Windows, pixel: Pixel) => void,
): Routine {
  const { batch, input, output, channels } = spec;
  const windows = new Windows(f, spec);
  const [begin, end] = f.params.slice(-2) as Times<Local, 2>;
  const groups = Math.ceil(channels / UNIT_CHANNELS);
  const [unit, image, errors, first, last, c, corner, pixel, source] = f.locals("i32", 9);
  const place = f.locals("i32", 3);
  const groupBytes = UNIT_CHANNELS * ELEMENT;
  f.forRange(unit, begin, end, 1, () => {
    const number = () => f.get(unit).i32(groups).op("i32.div_u");
    f.get(dx)
      .plus(number, volume(input) * windows.pixelBytes)
      .set(image);
    f.get(dy)
      .plus(number, volume(output) * windows.pixelBytes)
      .set(errors);
    f.get(unit).i32(groups).op("i32.rem_u").i32(groupBytes).op("i32.mul").tee(first);
    f.plus(groupBytes).set(last).smaller(last, windows.pixelBytes).set(last);
    if (!windows.covering || !windows.apart)
      clear(f, windows, image, volume(input), { c, first, last, corner });
    f.i32(0).set(pixel);
    f.forRange(place[0], 0, output[0], 1, () => {
      f.forRange(place[1], 0, output[1], 1, () => {
        f.forRange(place[2], 0, output[2], 1, () => {
          windows.eachVector(c, first, last, (lanes) => {
            windows.locate(corner, image, place, c);
            f.get(errors).plus(pixel).plus(c).set(source);
            body(windows, { corner, place, lanes, source });
          });
          f.increase(pixel, windows.pixelBytes);
        });
      });
    });
  });
  return {
    fn: f.ref,
    units: batch * groups,
    scratchBytes: 0,
    flops: batch * volume(output) * volume(spec.window) * channels,
  };
}

/** Fills the unit's channels of an image of dx with zeros. */
function clear(
  f: FunctionBuilder,
  windows: Windows,
  image: Local,
  pixels: number,
  { c, first, last, corner }: { c: Local; first: Local; last: Local; corner: Local },
): void {
  const [left, zero] = [f.local("i32"), f.local("v128")];
  f.f32x4(0).set(zero);
  f.forRange(left, 0, pixels, 1, () => {
    windows.eachVector(c, first, last, (lanes) => {
      f.get(image).plus(left, windows.pixelBytes);
      f.plus(c).set(corner);
      storeLanes(f, corner, 0, lanes, zero);
    });
  });
  f.free(left, zero);
}

/** Adds what `push` leaves on the stack to dx at the tap; where no windows overlap it is all there is. */
function deposit(f: FunctionBuilder, windows: Windows, tap: Tap, lanes: number, push: () => void): void {
  const sum = f.local("v128");
  push();
  if (!windows.apart) {
    loadLanes(f, tap.address, tap.offset, lanes);
    f.op("f32x4.add");
  }
  f.set(sum);
  storeLanes(f, tap.address, tap.offset, lanes, sum);
  f.free(sum);
}
