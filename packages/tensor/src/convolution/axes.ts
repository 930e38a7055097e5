/** @file Stretches, pads and crops the spatial axes of `[batch, ...spatial, channels]`. */
import * as tf from "@tensorflow/tfjs-core";

/** How many elements to put before and after those of an axis; negative numbers take elements away. */
export type Pads = readonly [low: number, high: number];

/** Puts `steps[i] - 1` zeros between the elements along spatial axis `i`, none after the last. */
export function stretch(x: tf.Tensor, steps: readonly number[]): tf.Tensor {
  return steps.reduce((stretched, step, i) => stretchAxis(stretched, step, i + 1), x);
}

/** Pads each spatial axis with `value`, or crops it. */
export function padOrCrop(x: tf.Tensor, pads: readonly Pads[], value = 0): tf.Tensor {
  const all: Pads[] = [[0, 0], ...pads, [0, 0]];
  const kept = all.some(([low, high]) => low < 0 || high < 0) ? crop(x, all) : x;
  const paddings = all.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as [number, number]);
  return paddings.some(([low, high]) => low + high > 0) ? tf.pad(kept, paddings, value) : kept;
}

function stretchAxis(x: tf.Tensor, step: number, axis: number): tf.Tensor {
  const size = x.shape[axis] ?? 0;
  if (step === 1 || size < 2) return x;
  const lead = tf.util.sizeFromShape(x.shape.slice(0, axis));
  const rest = tf.util.sizeFromShape(x.shape.slice(axis + 1));
  // Rank 4, whatever the rank of `x`.
  const spaced = tf.pad(tf.reshape(x, [lead, size, 1, rest]), [
    [0, 0],
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  const flat = tf.reshape(spaced, [lead, size * step, rest]);
  const length = (size - 1) * step + 1;
  const cut = tf.slice(flat, [0, 0, 0], [-1, length, -1]);
  return tf.reshape(cut, [...x.shape.slice(0, axis), length, ...x.shape.slice(axis + 1)]);
}

function crop(x: tf.Tensor, pads: readonly Pads[]): tf.Tensor {
  const begin = pads.map(([low]) => Math.max(0, -low));
  const end = pads.map(([, high], i) => (x.shape[i] ?? 0) - Math.max(0, -high));
  return tf.slice(
    x,
    begin,
    end.map((stop, i) => stop - (begin[i] ?? 0)),
  );
}
