/** @file What gradients of convolutions for their input read of dy and of the filter, and where they write. */
import { eachAxis, volume } from "../../../steps/specs/convolution.ts";
import type { Coordinate, Digit, PaddedAxis } from "./product.ts";
import { AXES, type Axis, pixelStrides, sumOver, type Windows } from "./windows.ts";

/** Pixels of the input to which the same taps reach, image by image. */
export interface InputGradientPiece {
  /** Of an image. */
  readonly pixels: number;
  readonly taps: number;
  readonly dy: {
    readonly offset: number;
    readonly kept: Coordinate;
    readonly terms: Coordinate;
    readonly axes: readonly PaddedAxis[];
  };
  readonly filter: { readonly offset: number; readonly terms: Coordinate };
  /** In pixels. */
  readonly dx: { readonly offset: number; readonly rows: Coordinate };
}

/** Each piece has code of its own: with more than these, pixels take all taps, those that do not reach them as 0. */
const MOST_PIECES = 16;

/**
 * The pieces of `spec`: one for each combination of remainders of positions by the strides.
 *
 * @param channels of a pixel of dy, in elements
 * @param filterStep from one tap to the next, in elements
 */
export function inputGradientPieces(
  spec: Windows,
  channels: number,
  filterStep: number,
): InputGradientPiece[] {
  const { strides, input } = spec;
  const count = volume(eachAxis((axis) => Math.min(strides[axis], input[axis])));
  if (count > MOST_PIECES) return [wholeOf(spec, channels, filterStep)];
  const [depths, heights, widths] = AXES.map((axis) => phasesOf(spec, axis)) as [Phase[], Phase[], Phase[]];
  return depths.flatMap((depth) =>
    heights.flatMap((height) =>
      widths.map((width) => pieceOf(spec, [depth, height, width], channels, filterStep)),
    ),
  );
}

/** The pixels of an axis with the same remainder by the stride. */
interface Phase {
  /** The first pixel; others follow at the distance of the stride. */
  readonly first: number;
  readonly pixels: number;
  /** The first tap that reaches them, and from one to the next. */
  readonly tap: number;
  readonly tapStep: number;
  readonly taps: number;
  /** The position in the output from which the first tap reaches the first pixel, and what each next tap subtracts. */
  readonly start: number;
  readonly step: number;
}

function phasesOf({ input, filter, strides, dilations, before }: Windows, axis: Axis): Phase[] {
  const [stride, dilation] = [strides[axis], dilations[axis]];
  return Array.from({ length: Math.min(stride, input[axis]) }, (_, first) => {
    const reaching = Array.from({ length: filter[axis] }, (_, tap) => tap).filter(
      (tap) => (first + before[axis] - tap * dilation) % stride === 0,
    );
    const [tap = 0, next = tap] = reaching;
    const tapStep = next - tap;
    return {
      first,
      pixels: Math.ceil((input[axis] - first) / stride),
      tap,
      tapStep,
      taps: reaching.length,
      start: reaching.length === 0 ? 0 : (first + before[axis] - tap * dilation) / stride,
      step: (tapStep * dilation) / stride,
    };
  });
}

function pieceOf(
  spec: Windows,
  phases: readonly [Phase, Phase, Phase],
  channels: number,
  filterStep: number,
): InputGradientPiece {
  const [ofDy, ofDx] = [pixelStrides(spec.output), pixelStrides(spec.input)];
  const ofFilter = pixelStrides(spec.filter);
  const onAxis = (axis: Axis, step: number) => {
    const phase = phases[axis];
    const isInside =
      phase.start - (phase.taps - 1) * phase.step >= 0 && phase.start + phase.pixels <= spec.output[axis];
    return isInside ? {} : { axis, step };
  };
  const digits = (digit: (axis: Axis, phase: Phase) => Digit) =>
    AXES.map((axis) => digit(axis, phases[axis]));
  const sum = (rule: (axis: Axis, phase: Phase) => number) => sumOver((axis) => rule(axis, phases[axis]));
  return {
    pixels: phases.reduce((count, { pixels }) => count * pixels, 1),
    taps: phases.reduce((count, { taps }) => count * taps, 1),
    dy: {
      offset: sum((axis, { start }) => start * ofDy[axis] * channels),
      kept: digits((axis, { pixels }) => ({
        size: pixels,
        stride: ofDy[axis] * channels,
        ...onAxis(axis, 1),
      })),
      terms: digits((axis, { taps, step }) => ({
        size: taps,
        stride: -step * ofDy[axis] * channels,
        ...onAxis(axis, -step),
      })),
      axes: AXES.map((axis) => ({ size: spec.output[axis], start: phases[axis].start })),
    },
    filter: {
      offset: sum((axis, { tap }) => tap * ofFilter[axis] * filterStep),
      terms: digits((axis, { taps, tapStep }) => ({
        size: taps,
        stride: tapStep * ofFilter[axis] * filterStep,
      })),
    },
    dx: {
      offset: sum((axis, { first }) => first * ofDx[axis]),
      rows: digits((axis, { pixels }) => ({ size: pixels, stride: spec.strides[axis] * ofDx[axis] })),
    },
  };
}

/** All pixels and taps: windows that begin between pixels of the output are none. */
function wholeOf(spec: Windows, channels: number, filterStep: number): InputGradientPiece {
  const [ofDy, ofDx, ofFilter] = [
    pixelStrides(spec.output),
    pixelStrides(spec.input),
    pixelStrides(spec.filter),
  ];
  return {
    pixels: volume(spec.input),
    taps: volume(spec.filter),
    dy: {
      offset: 0,
      kept: AXES.map((axis) => ({ size: spec.input[axis], stride: 0, axis, step: 1 })),
      terms: AXES.map((axis) => ({ size: spec.filter[axis], stride: 0, axis, step: -spec.dilations[axis] })),
      axes: AXES.map((axis) => ({
        size: spec.output[axis],
        start: spec.before[axis],
        apart: { positions: spec.strides[axis], stride: ofDy[axis] * channels },
      })),
    },
    filter: {
      offset: 0,
      terms: AXES.map((axis) => ({ size: spec.filter[axis], stride: ofFilter[axis] * filterStep })),
    },
    dx: { offset: 0, rows: AXES.map((axis) => ({ size: spec.input[axis], stride: ofDx[axis] })) },
  };
}
