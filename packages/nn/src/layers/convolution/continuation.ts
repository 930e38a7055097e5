/** @file Continues a tensor beyond its ends: around, or mirrored. */
import * as tf from "@tensorflow/tfjs-core";
import type { PadPair } from "./padding.ts";

/** A run of consecutive elements, to be read backwards or forwards. */
interface Run {
  start: number;
  length: number;
  backwards: boolean;
}

/** The index inside `[0, size)` that stands for `i`. */
type IndexRule = (i: number, size: number) => number;

const RULES: Record<"CIRCULAR" | "REFLECT", IndexRule> = {
  CIRCULAR: (i, size) => modulo(i, size),
  REFLECT: (i, size) => {
    const period = Math.max(1, 2 * (size - 1));
    const position = modulo(i, period);
    return Math.min(position, period - position);
  },
};

/**
 * Pads the spatial axes of `[batch, ...spatial, channels]` with elements of `x` itself, also further than `x` is long.
 *
 * Built from slices, whose gradients every backend adds up by itself.
 *
 * @see numpy.pad with the modes wrap and reflect
 */
export function continued(x: tf.Tensor, pads: readonly PadPair[], mode: "CIRCULAR" | "REFLECT"): tf.Tensor {
  // Nothing need be joined of no images, which the cpu backend cannot.
  if (x.shape[0] === 0) {
    return tf.reshape(x, x.shape.map((size, i) => size + (pads[i - 1]?.[0] ?? 0) + (pads[i - 1]?.[1] ?? 0))); // prettier-ignore
  }
  return pads.reduce((padded, pad, i) => continuedAxis(padded, pad, i + 1, RULES[mode]), x);
}

function continuedAxis(x: tf.Tensor, [low, high]: PadPair, axis: number, rule: IndexRule): tf.Tensor {
  if (low === 0 && high === 0) return x;
  const size = x.shape[axis]!;
  // Three axes whatever the rank: not every backend reverses or joins more than four.
  const rows = tf.reshape(x, [tf.util.sizeFromShape(x.shape.slice(0, axis)), size, -1]);
  const indices = Array.from({ length: low + size + high }, (_, i) => rule(i - low, size));
  const parts = runsOf(indices).map(({ start, length, backwards }) => {
    const part = tf.slice(rows, [0, start, 0], [-1, length, -1]);
    return backwards ? tf.reverse(part, 1) : part;
  });
  const joined = parts.length === 1 ? parts[0]! : tf.concat(parts, 1);
  return tf.reshape(joined, [...x.shape.slice(0, axis), indices.length, ...x.shape.slice(axis + 1)]);
}

/** Consecutive indices in as few runs as possible. */
function runsOf(indices: readonly number[]): Run[] {
  const runs: Run[] = [];
  let begin = 0;
  while (begin < indices.length) {
    const step = (indices[begin + 1] ?? Infinity) - indices[begin]!;
    let end = begin + 1;
    if (Math.abs(step) === 1) while (indices[end] === indices[begin]! + step * (end - begin)) end++;
    const backwards = step === -1;
    runs.push({ start: backwards ? indices[end - 1]! : indices[begin]!, length: end - begin, backwards });
    begin = end;
  }
  return runs;
}

function modulo(i: number, size: number): number {
  return ((i % size) + size) % size;
}
