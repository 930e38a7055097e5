/** @file What every pooling function does with its arguments. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, ShapeMismatchError } from "../../errors.ts";
import { assertWindows } from "../convolution/kernel.ts";
import { canonicalPadding, type PadPair, type PoolPadding, samePadding } from "../convolution/padding.ts";
import { promoteDtype } from "../promote-dtype.ts";

/** Options of the pooling functions. */
export interface PoolOptions {
  /** From one window to the next, for each spatial axis. Default 1, not the size of the window. */
  strides?: readonly number[] | undefined;
  /** Default `"VALID"`: none. */
  padding?: PoolPadding | undefined;
}

/** Windows over the spatial axes of a tensor, all arguments checked. */
export interface Windows {
  /** Float32 `[batch, ...spatial, features]`. */
  x: tf.Tensor;
  window: readonly number[];
  strides: readonly number[];
  pads: readonly PadPair[];
}

/**
 * Checks the arguments, applies `fn` to an input with one batch axis, and gives its result the batch axes of `x`.
 *
 * @throws InvalidArgumentError, ShapeMismatchError
 */
export function overWindows(
  x: tf.Tensor,
  window: readonly number[],
  { strides: given, padding = "VALID" }: PoolOptions,
  fn: (windows: Windows) => tf.Tensor,
): tf.Tensor {
  const axes = Array.isArray(window) ? window.length : 0;
  const strides = given ?? Array<number>(axes).fill(1);
  for (const [name, list] of Object.entries({ window, strides })) {
    if (axes > 0 && list?.length === axes && list.every((size) => Number.isInteger(size) && size > 0))
      continue;
    throw new InvalidArgumentError(
      `expected a list of ${axes > 0 ? `${axes} ` : ""}positive integers for ${name}, one for each spatial axis, ` +
        `got ${list === undefined ? "nothing" : JSON.stringify(list)}. Write [2, 2] for two axes.`,
    );
  }
  if (x.rank <= axes) {
    throw new ShapeMismatchError(
      `expected an input [...batch, ...spatial, features] for a window with ${axes} spatial axes, ` +
        `got one of shape [${x.shape.join(", ")}]. Add the axes that it lacks: tf.expandDims(x, 0).`,
    );
  }
  const batch = x.shape.slice(0, x.rank - axes - 1);
  const spatial = x.shape.slice(batch.length, -1);
  const mode = canonicalPadding(padding, axes, ["SAME", "SAME_LOWER", "VALID"]);
  const pads = window.map((size, i): PadPair => {
    if (typeof mode !== "string") return mode[i]!;
    if (mode === "VALID") return [0, 0];
    const axis = { input: spatial[i]!, window: size, stride: strides[i]! };
    return samePadding(axis, mode === "SAME" ? "high" : "low");
  });
  assertWindows(spatial.map((size, i) => size + pads[i]![0] + pads[i]![1]), window, x); // prettier-ignore
  const [float] = promoteDtype([x], { dtype: "float32" });
  const flat = batch.length === 1 ? float : tf.reshape(float, [tf.util.sizeFromShape(batch), ...spatial, x.shape.at(-1)!]); // prettier-ignore
  const y = fn({ x: flat, window, strides, pads });
  return batch.length === 1 ? y : tf.reshape(y, [...batch, ...y.shape.slice(1)]);
}

/** Whether there is any padding. */
export function isPadded(pads: readonly PadPair[]): boolean {
  return pads.some(([low, high]) => low !== 0 || high !== 0);
}

/** Puts `value` around the spatial axes, or takes elements away where a pad is negative. */
export function padWith(x: tf.Tensor, pads: readonly PadPair[], value: number): tf.Tensor {
  const all: PadPair[] = [[0, 0], ...pads, [0, 0]];
  const begin = all.map(([low]) => Math.max(0, -low));
  const size = all.map(([, high], i) => x.shape[i]! - begin[i]! - Math.max(0, -high));
  const kept = size.every((length, i) => length === x.shape[i]) ? x : tf.slice(x, begin, size);
  const paddings = all.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as [number, number]);
  return isPadded(paddings) ? tf.pad(kept, paddings, value) : kept;
}
