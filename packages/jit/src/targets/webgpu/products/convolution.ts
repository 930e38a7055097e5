/** @file Convolutions and their gradients as products, whose operands are read from images where they lie. */
import type { Buffer } from "../../../expr/expr.ts";
import { type ConvolutionSpec, volume } from "../../../steps/specs/convolution.ts";
import { inputGradientPieces } from "./input-gradient.ts";
import { joined, line, type Product, scaled } from "./product.ts";
import { windowsOf } from "./windows.ts";

/** `[pixels, taps and channels]` of x by `[taps and channels, out channels]` of the filter. */
export function forwardProduct(spec: ConvolutionSpec, x: Buffer, filter: Buffer): Product {
  const { images, pixels, taps, offset, axes } = windowsOf(spec, spec.inChannels);
  const m = spec.batch * volume(spec.output);
  const n = spec.outChannels;
  const k = volume(spec.filter) * spec.inChannels;
  return {
    m,
    n,
    k,
    batch: [],
    a: {
      buffer: x,
      offset,
      kept: joined([...images, ...pixels]),
      terms: joined([...taps, ...line(spec.inChannels, 1)]),
      axes,
    },
    b: { buffer: filter, offset: 0, kept: line(n, 1), terms: line(k, n), axes: [] },
    c: { offset: 0, rows: line(m, n), columns: line(n, 1) },
  };
}

/** `[taps and channels, pixels]` of x by `[pixels, out channels]` of dy. */
export function filterGradientProduct(spec: ConvolutionSpec, x: Buffer, dy: Buffer): Product {
  const forward = forwardProduct(spec, x, dy);
  const { m: k, n, k: m } = forward;
  return {
    m,
    n,
    k,
    batch: [],
    a: { ...forward.a, kept: forward.a.terms, terms: forward.a.kept },
    b: { buffer: dy, offset: 0, kept: line(n, 1), terms: line(k, n), axes: [] },
    c: { offset: 0, rows: line(m, n), columns: line(n, 1) },
  };
}

/** `[pixels, taps and out channels]` of dy by `[taps and out channels, channels]` of the filter, in pieces. */
export function inputGradientProducts(spec: ConvolutionSpec, dy: Buffer, filter: Buffer): Product[] {
  const { inChannels, outChannels, batch } = spec;
  return inputGradientPieces(spec, outChannels, inChannels * outChannels).map((piece) => ({
    m: batch * piece.pixels,
    n: inChannels,
    k: piece.taps * outChannels,
    batch: [],
    a: {
      buffer: dy,
      ...piece.dy,
      kept: joined([...line(batch, volume(spec.output) * outChannels), ...piece.dy.kept]),
      terms: joined([...piece.dy.terms, ...line(outChannels, 1)]),
    },
    b: {
      buffer: filter,
      offset: piece.filter.offset,
      kept: line(inChannels, outChannels),
      terms: joined([...piece.filter.terms, ...line(outChannels, 1)]),
      axes: [],
    },
    c: {
      offset: piece.dx.offset * inChannels,
      rows: joined(scaled([...line(batch, volume(spec.input)), ...piece.dx.rows], inChannels)),
      columns: line(inChannels, 1),
    },
  }));
}
