/** @file The gradient of a depthwise convolution for its filter. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { ELEMENT, loadLanes, VECTOR } from "../lanes.ts";
import { divisionOf, intervalOf } from "../long-sums.ts";
import { addErrors, addTile, clearErrors, clearTile, loadTile, storeTile } from "../matmul/store.ts";
import { multiplyAdd } from "../matmul/tile.ts";
import type { Routine } from "../routine.ts";
import { emitRepeat, imageBytes } from "./depthwise.ts";
import {
  depthwiseFlops,
  type DepthwiseSpec,
  outChannelsOf,
  type Sizes,
  volume,
} from "../../../../steps/specs/convolution.ts";
import { emitClear, emitSpread, isPlain, spreadBytes, spreadFor, stepBytes, tapOffsets } from "./spread.ts";

/** Taps whose sums stay in registers. */
const GROUP = 9;

/**
 * `fn(x, dy, dfilter, scratch, begin, end)`. A unit is four output channels. Each call lays out the images for itself;
 * a sum takes image after image, pixel after pixel.
 */
export function emitDepthwiseFilterGradient(module: ModuleBuilder, spec: DepthwiseSpec): Routine {
  const channels = outChannelsOf(spec);
  const spread = spreadFor(spec, channels);
  const f = module.procedure("depthwise filter gradient", 6);
  const [x, dy, gradient, scratch, begin, end] = f.params;
  const plain = isPlain(spread);
  const laidOutBytes = plain ? 0 : spreadBytes(spread);
  const several = spec.multiplier > 1;
  const [image, source, errors, from, wide, unit] = f.locals("i32", 6);
  const wideBytes = several ? imageBytes(volume(spec.input), channels) : 0;
  const isLong = divisionOf(spec.batch * volume(spec.output))?.compensated === true;
  const lost = f.local("i32");
  f.get(scratch).plus(laidOutBytes).set(wide);
  f.get(wide).plus(wideBytes).set(lost);
  if (!plain) emitClear(f, scratch, spread);
  f.get(x).set(source);
  f.get(dy).set(errors);
  f.forRange(image, 0, spec.batch, 1, () => {
    f.get(source).set(from);
    if (several) {
      emitRepeat(f, source, wide, volume(spec.input) * spec.channels, spec.multiplier);
      f.get(wide).set(from);
    }
    if (!plain) {
      emitSpread(f, from, scratch, spread);
      f.get(scratch).set(from);
    }
    const whole = Math.floor(channels / 4);
    const bound = f.local("i32");
    f.smaller(end, whole).set(bound);
    const places = { image, from, errors, gradient, unit, lost };
    f.forRange(unit, begin, bound, 1, () => emitUnit(f, spec, spread.target, places, 4));
    if (channels % 4) {
      f.get(end).i32(whole).op("i32.gt_u");
      f.if(() => {
        f.i32(whole).set(unit);
        emitUnit(f, spec, spread.target, places, channels % 4);
      });
    }
    f.free(bound);
    f.increase(source, volume(spec.input) * spec.channels * ELEMENT);
    f.increase(errors, volume(spec.output) * channels * ELEMENT);
  });
  return {
    fn: f.ref,
    units: Math.ceil(channels / 4),
    scratchBytes:
      laidOutBytes + wideBytes + (isLong ? Math.ceil(channels / 4) * volume(spec.filter) * VECTOR : 0),
    flops: depthwiseFlops(spec),
  };
}

interface Places {
  /** The number of the image; the first begins the sums. */
  readonly image: Local;
  readonly from: Local;
  readonly errors: Local;
  readonly gradient: Local;
  readonly unit: Local;
  /** What rounding takes from the sums: a vector for each tap, unit after unit. */
  readonly lost: Local;
}

/** Adds one image's sums for four channels, or the last ones. */
function emitUnit(
  f: FunctionBuilder,
  spec: DepthwiseSpec,
  target: Sizes,
  places: Places,
  lanes: number,
): void {
  const channels = outChannelsOf(spec);
  const pixel = channels * ELEMENT;
  const { strides, output } = spec;
  const strideBytes = stepBytes(target, channels, strides);
  const offsets = tapOffsets(spec.filter, stepBytes(target, channels, spec.dilations));
  const place = f.locals("i32", 3);
  const [at, error, address, lostAt] = f.locals("i32", 4);
  const division = divisionOf(spec.batch * volume(output));
  const interval = division && intervalOf(output, division.block);
  const [dy, x] = f.locals("v128", 2);
  const sums = f.locals("v128", Math.min(GROUP, offsets.length));
  const byte = (base: Local) => f.get(base).plus(places.unit, VECTOR);
  for (let first = 0; first < offsets.length; first += GROUP) {
    const group = offsets.slice(first, first + GROUP);
    byte(places.gradient).set(address);
    const taken = sums.slice(0, group.length);
    const result = { address, rowBytes: pixel };
    const size = { rows: group.length, vectors: 1, lanes };
    f.increase(address, first * pixel);
    const lost = division?.compensated ? { address: lostAt, rowBytes: VECTOR } : undefined;
    if (lost)
      f.get(places.lost)
        .plus(places.unit, offsets.length * VECTOR)
        .plus(first * VECTOR)
        .set(lostAt);
    clearTile(f, taken);
    f.get(places.image).if(
      () => {
        if (!division) loadTile(f, size, result, taken);
      },
      () => {
        if (division) storeTile(f, size, result, taken);
        if (lost) clearErrors(f, size, lost);
      },
    );
    byte(places.errors).set(error);
    const loop = (axis: number): void => {
      eachTurn(place[axis]!, axis, () => {
        if (axis < 2) return loop(axis + 1);
        byte(places.from);
        place.forEach((position, a) => f.plus(position, strideBytes[a]));
        f.set(at);
        loadLanes(f, error, 0, lanes);
        f.set(dy);
        for (const [i, offset] of group.entries()) {
          loadLanes(f, at, offset, lanes);
          f.set(x);
          multiplyAdd(f, x, dy, sums[i]!);
        }
        f.increase(error, pixel);
      });
    };
    /** Loops over the pixels of an axis; where sums are long, adds them to the result after each block. */
    const eachTurn = (counter: Local, axis: number, body: () => void): void => {
      const count = output[axis]!;
      if (interval?.loop !== axis) {
        f.forRange(counter, 0, count, 1, body);
        return;
      }
      const [begin, end] = f.locals("i32", 2);
      f.forRange(begin, 0, count, interval.turns, () => {
        f.get(begin).plus(interval.turns).set(end).smaller(end, count).set(end);
        f.forRange(counter, begin, end, 1, body);
        addTile(f, size, result, taken, lost);
      });
      f.free(begin, end);
    };
    loop(0);
    if (!division) storeTile(f, size, result, taken);
    else if (!interval) addTile(f, size, result, taken, lost);
    if (lost)
      f.get(places.image)
        .i32(spec.batch - 1)
        .op("i32.eq")
        .if(() => addErrors(f, size, result, lost));
  }
  f.free(...place, at, error, address, lostAt, dy, x, ...sums);
}
