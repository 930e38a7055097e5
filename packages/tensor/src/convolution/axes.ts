/** @file Stretches, pads and crops the spatial axes of `[batch, ...spatial, channels]`. */
import * as tf from "@tensorflow/tfjs-core";

/** How many elements to put before and after those of an axis; negative numbers take elements away. */
export type Pads = readonly [low: number, high: number];

/** Puts `steps[i] - 1` zeros between the elements along spatial axis `i`, none after the last. */
export function stretch(x: tf.Tensor, steps: readonly number[]): tf.Tensor {
  return steps.reduce((stretched, step, i) => stretchAxis(stretched, step, i + 1), x);
}

/** Pads each spatial axis with zeros, or crops it. */
export function padOrCrop(x: tf.Tensor, pads: readonly Pads[]): tf.Tensor {
  return pad(pads.some(([low, high]) => low < 0 || high < 0) ? crop(x, pads) : x, pads);
}

/** Only what is to be added is. GPU backends pad no more than four axes, so that depth goes first, alone. */
function pad(x: tf.Tensor, pads: readonly Pads[]): tf.Tensor {
  if (!pads.some(([low, high]) => low > 0 || high > 0)) return x;
  const added = pads.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as [number, number]);
  if (x.rank < 5) return tf.pad(x, [[0, 0], ...added, [0, 0]]);
  const [batch = 1, depth = 1, ...plane] = x.shape;
  const [before, after] = added[0]!;
  const deep = pad(tf.reshape(x, [batch, depth, -1]), [[before, after]]);
  const planes = tf.reshape(deep, [batch * (before + depth + after), ...plane]);
  const wide = pad(planes, added.slice(1));
  return tf.reshape(wide, [batch, -1, ...wide.shape.slice(1)]);
}

function stretchAxis(x: tf.Tensor, step: number, axis: number): tf.Tensor {
  const size = x.shape[axis] ?? 0;
  if (step === 1 || size < 2) return x;
  const lead = tf.util.sizeFromShape(x.shape.slice(0, axis));
  // Rank 4, whatever the rank of `x`.
  const spaced = tf.pad(tf.reshape(x, [lead, size, 1, -1]), [
    [0, 0],
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  const flat = tf.reshape(spaced, [lead, size * step, -1]);
  const length = (size - 1) * step + 1;
  const cut = tf.slice(flat, [0, 0, 0], [-1, length, -1]);
  return tf.reshape(cut, [...x.shape.slice(0, axis), length, ...x.shape.slice(axis + 1)]);
}

function crop(x: tf.Tensor, spatial: readonly Pads[]): tf.Tensor {
  const pads: Pads[] = [[0, 0], ...spatial, [0, 0]];
  const begin = pads.map(([low]) => Math.max(0, -low));
  const end = pads.map(([, high], i) => (x.shape[i] ?? 0) - Math.max(0, -high));
  return tf.slice(
    x,
    begin,
    end.map((stop, i) => stop - (begin[i] ?? 0)),
  );
}
