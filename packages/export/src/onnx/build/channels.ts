/** @file The two orders of the axes of images: `[batch, ...places, channels]`, TensorFlow.js's, and ONNX's. */
import type { Dim } from "../symbolic/dim.ts";

/** The order of axes that brings the channels before the places. */
export function toFirst(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}

/** The order of axes that brings the channels behind the places. */
export function toLast(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

/** A shape with the channels first. */
export function channelsFirst<T extends Dim>(shape: readonly T[]): T[] {
  return toFirst(shape.length).map((axis) => shape[axis]!);
}

/** The axis with the channels first that is `axis` with the channels last. */
export function axisFirst(axis: number, rank: number): number {
  return toFirst(rank).indexOf(axis);
}
