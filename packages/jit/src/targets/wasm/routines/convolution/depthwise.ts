/** @file Convolutions of each channel by itself, and their gradients for the input. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { ELEMENT, loadLanes, storeLanes, VECTOR } from "../lanes.ts";
import { multiplyAdd } from "../matmul/tile.ts";
import type { Routine } from "../routine.ts";
import {
  type DepthwiseSpec,
  depthwiseFlops,
  eachAxis,
  outChannelsOf,
  type Sizes,
  volume,
} from "../../../../steps/specs/convolution.ts";
import {
  emitClear,
  emitSpread,
  isPlain,
  type Spread,
  spreadBytes,
  spreadFor,
  stepBytes,
  tapOffsets,
} from "./spread.ts";

/** Bytes of an image's elements, in whole vectors. */
export function imageBytes(pixels: number, channels: number): number {
  return Math.ceil((pixels * channels * ELEMENT) / VECTOR) * VECTOR;
}

/** Writes each of `count` elements `times` times. */
export function emitRepeat(f: FunctionBuilder, from: Local, to: Local, count: number, times: number): void {
  const [source, target, left, value] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("f32")];
  f.get(from).set(source);
  f.get(to).set(target);
  f.forRange(left, 0, count, 1, () => {
    f.get(source).memory("f32.load").set(value);
    for (let i = 0; i < times; i++)
      f.get(target)
        .get(value)
        .memory("f32.store", i * ELEMENT);
    f.increase(source, ELEMENT);
    f.increase(target, times * ELEMENT);
  });
  f.free(source, target, left, value);
}

/** Writes the sum of each `times` elements. */
function emitGroupSums(f: FunctionBuilder, from: Local, to: Local, count: number, times: number): void {
  const [source, target, left] = f.locals("i32", 3);
  f.get(from).set(source);
  f.get(to).set(target);
  f.forRange(left, 0, count, 1, () => {
    f.get(target).get(source).memory("f32.load");
    for (let i = 1; i < times; i++)
      f.get(source)
        .memory("f32.load", i * ELEMENT)
        .op("f32.add");
    f.memory("f32.store");
    f.increase(source, times * ELEMENT);
    f.increase(target, ELEMENT);
  });
  f.free(source, target, left);
}

/** `fn(x, filter, y, scratch, begin, end)`. A unit is an image. */
export function emitDepthwise(module: ModuleBuilder, spec: DepthwiseSpec): Routine {
  return emitWindows(module, "depthwise convolution", {
    spec,
    spread: spreadFor(spec, outChannelsOf(spec)),
    strides: spec.strides,
    output: spec.output,
    turned: false,
  });
}

/** `fn(dy, filter, dx, scratch, begin, end)`: the gradient for the input. A unit is an image. */
export function emitDepthwiseInputGradient(module: ModuleBuilder, spec: DepthwiseSpec): Routine {
  const { filter, dilations, before } = spec;
  return emitWindows(module, "depthwise input gradient", {
    spec,
    spread: {
      source: spec.output,
      target: eachAxis((axis) => spec.input[axis] + (filter[axis] - 1) * dilations[axis]),
      spacing: spec.strides,
      offset: eachAxis((axis) => (filter[axis] - 1) * dilations[axis] - before[axis]),
      channels: outChannelsOf(spec),
    },
    strides: [1, 1, 1],
    output: spec.input,
    turned: true,
  });
}

interface WindowSums {
  readonly spec: DepthwiseSpec;
  readonly spread: Spread;
  readonly strides: Sizes;
  readonly output: Sizes;
  /** Whether the filter is turned round, as for the gradient: its result is summed over the multiplier then. */
  readonly turned: boolean;
}

function emitWindows(module: ModuleBuilder, name: string, sums: WindowSums): Routine {
  const { spec, spread, output, turned } = sums;
  const { multiplier } = spec;
  const { channels } = spread;
  const f = module.procedure(name, 6);
  const [images, weights, results, scratch, begin, end] = f.params;
  const plain = isPlain(spread);
  const laidOutBytes = plain ? 0 : spreadBytes(spread);
  const several = multiplier > 1;
  const wideBytes = several ? imageBytes(volume(turned ? output : spread.source), channels) : 0;
  const [unit, from, to, wide] = f.locals("i32", 4);
  const given = turned ? channels : spec.channels;
  const made = turned ? spec.channels : channels;
  f.get(scratch).plus(laidOutBytes).set(wide);
  if (!plain) emitClear(f, scratch, spread);
  f.forRange(unit, begin, end, 1, () => {
    const address = (base: Local, bytes: number, target: Local) => f.get(base).plus(unit, bytes).set(target);
    address(images, volume(spread.source) * given * ELEMENT, from);
    address(results, volume(output) * made * ELEMENT, to);
    if (several && !turned) {
      emitRepeat(f, from, wide, volume(spread.source) * spec.channels, multiplier);
      f.get(wide).set(from);
    }
    if (!plain) {
      emitSpread(f, from, scratch, spread);
      f.get(scratch).set(from);
    }
    if (several && turned) {
      emitPixels(f, sums, from, weights, wide);
      emitGroupSums(f, wide, to, volume(output) * spec.channels, multiplier);
    } else emitPixels(f, sums, from, weights, to);
  });
  return {
    fn: f.ref,
    units: spec.batch,
    scratchBytes: laidOutBytes + wideBytes,
    flops: depthwiseFlops(spec),
  };
}

/** The sums of all windows of an image. */
function emitPixels(f: FunctionBuilder, sums: WindowSums, from: Local, weights: Local, to: Local): void {
  const { spec, spread, strides, output, turned } = sums;
  const pixel = spread.channels * ELEMENT;
  const [bytes, tapBytes] = [strides, spec.dilations].map((steps) =>
    stepBytes(spread.target, spread.channels, steps),
  ) as [Sizes, Sizes];
  const offsets = tapOffsets(spec.filter, tapBytes);
  if (turned) offsets.reverse();
  const place = f.locals("i32", 3);
  const [c, at, weight, target, pixelTo] = f.locals("i32", 5);
  const [sum, x, w] = f.locals("v128", 3);
  f.get(to).set(pixelTo);
  const body = (lanes: number) => {
    f.get(from).plus(c);
    place.forEach((position, axis) => f.plus(position, bytes[axis]));
    f.set(at);
    f.get(weights).plus(c).set(weight);
    f.f32x4(0).set(sum);
    const term = (xOffset: number, wOffset: number) => {
      loadLanes(f, at, xOffset, lanes);
      f.set(x);
      loadLanes(f, weight, wOffset, lanes);
      f.set(w);
      multiplyAdd(f, x, w, sum);
    };
    for (const [i, offset] of offsets.entries()) term(offset, i * pixel);
    f.get(pixelTo).plus(c).set(target);
    storeLanes(f, target, 0, lanes, sum);
  };
  const loop = (axis: number): void => {
    f.forRange(place[axis]!, 0, output[axis]!, 1, () => {
      if (axis < 2) return loop(axis + 1);
      eachVectorOf(f, c, spread.channels, body);
      f.increase(pixelTo, pixel);
    });
  };
  loop(0);
  f.free(...place, c, at, weight, target, pixelTo, sum, x, w);
}

/** Calls `body` for each vector of channels, `c` being the byte of the first. */
function eachVectorOf(f: FunctionBuilder, c: Local, channels: number, body: (lanes: number) => void): void {
  const whole = (channels - (channels % 4)) * ELEMENT;
  f.forRange(c, 0, whole, VECTOR, () => body(4));
  if (channels % 4 === 0) return;
  f.i32(whole).set(c);
  body(channels % 4);
}
