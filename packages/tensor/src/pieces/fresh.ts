/** @file Remembers which tensors have memory that nobody else can see. */
import type * as tf from "@tensorflow/tfjs-core";

const fresh = new WeakSet();

/** Notes that `x` was just made in memory of its own. */
export function noteFresh(x: tf.Tensor): tf.Tensor {
  fresh.add(x.dataId);
  return x;
}

/** Whether that was noted of `x`; true once. */
export function takeFresh({ dataId }: tf.Tensor): boolean {
  return fresh.delete(dataId);
}
