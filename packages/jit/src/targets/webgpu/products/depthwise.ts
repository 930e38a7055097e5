/** @file Depthwise convolutions and their gradients: sums that share nothing, one for each channel. */
import type { Buffer } from "../../../expr/expr.ts";
import { type DepthwiseSpec, outChannelsOf, volume } from "../../../steps/specs/convolution.ts";
import { inputGradientPieces } from "./input-gradient.ts";
import { type Coordinate, type Digit, joined, line, type Product, scaled } from "./product.ts";
import { windowsOf } from "./windows.ts";

/** The image's channels, each of which makes several of the output. */
function spread({ channels, multiplier }: DepthwiseSpec): Coordinate {
  return [
    { size: channels, stride: 1 },
    { size: multiplier, stride: 0 },
  ];
}

/** Each pixel and channel of the output sums over the taps. */
export function depthwiseProduct(spec: DepthwiseSpec, x: Buffer, filter: Buffer): Product {
  const { images, pixels, taps, offset, axes } = windowsOf(spec, spec.channels);
  const channels = outChannelsOf(spec);
  const n = spec.batch * volume(spec.output) * channels;
  const k = volume(spec.filter);
  return {
    m: 1,
    n,
    k,
    batch: [],
    a: {
      buffer: x,
      offset,
      kept: [],
      across: joined([...images, ...pixels, ...spread(spec)]),
      terms: joined(taps),
      axes,
    },
    b: {
      buffer: filter,
      offset: 0,
      kept: [{ size: n / channels, stride: 0 }, ...line(channels, 1)],
      terms: line(k, channels),
      axes: [],
    },
    c: { offset: 0, rows: [], columns: line(n, 1) },
  };
}

/** Each tap of each channel sums over the pixels of the output. */
export function depthwiseFilterGradientProduct(spec: DepthwiseSpec, x: Buffer, dy: Buffer): Product {
  const { images, pixels, taps, offset, axes } = windowsOf(spec, spec.channels);
  const channels = outChannelsOf(spec);
  const n = volume(spec.filter) * channels;
  const k = spec.batch * volume(spec.output);
  return {
    m: 1,
    n,
    k,
    batch: [],
    a: {
      buffer: x,
      offset,
      kept: [],
      across: joined([...taps, ...spread(spec)]),
      terms: joined([...images, ...pixels]),
      axes,
    },
    b: {
      buffer: dy,
      offset: 0,
      kept: [{ size: volume(spec.filter), stride: 0 }, ...line(channels, 1)],
      terms: line(k, channels),
      axes: [],
    },
    c: { offset: 0, rows: [], columns: line(n, 1) },
  };
}

/** Each pixel and channel of the input sums over the taps and output channels that it has a part in. */
export function depthwiseInputGradientProducts(spec: DepthwiseSpec, dy: Buffer, filter: Buffer): Product[] {
  const { batch, channels, multiplier } = spec;
  const outChannels = outChannelsOf(spec);
  const ofChannels: Digit = { size: channels, stride: multiplier };
  return inputGradientPieces(spec, outChannels, outChannels).map((piece) => {
    const pixels = batch * piece.pixels;
    return {
      m: 1,
      n: pixels * channels,
      k: piece.taps * multiplier,
      batch: [],
      a: {
        buffer: dy,
        ...piece.dy,
        kept: [],
        across: joined([...line(batch, volume(spec.output) * outChannels), ...piece.dy.kept, ofChannels]),
        terms: joined([...piece.dy.terms, ...line(multiplier, 1)]),
      },
      b: {
        buffer: filter,
        offset: piece.filter.offset,
        kept: [{ size: pixels, stride: 0 }, ofChannels],
        terms: joined([...piece.filter.terms, ...line(multiplier, 1)]),
        axes: [],
      },
      c: {
        offset: piece.dx.offset * channels,
        rows: [],
        columns: joined([
          ...scaled([...line(batch, volume(spec.input)), ...piece.dx.rows], channels),
          ...line(channels, 1),
        ]),
      },
    };
  });
}
