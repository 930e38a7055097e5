/** @file Takes gradients back through broadcasting and through reductions. */
import * as tf from "@tensorflow/tfjs-core";
import { targetBackend } from "../abstract/enter-backend.ts";
import { viewOf, zeros } from "./gradient.ts";

/**
 * Sums `grad` over the axes along which a tensor of `shape` was broadcast: [..., grad] → `shape`.
 *
 * Answers `grad` itself where nothing was broadcast; a gradient function that has computed nothing
 * of its own uses {@link passTo}.
 */
export function sumTo(grad: tf.Tensor, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(grad.shape, shape)) return grad;
  const lead = grad.rank - shape.length;
  const axes = grad.shape.map((_, i) => i).filter((i) => i < lead || shape[i - lead] !== grad.shape[i]);
  return tf.reshape(axes.length > 0 ? tf.sum(grad, axes) : grad, shape);
}

/** As {@link sumTo}, but never the given tensor itself. */
export function passTo(dy: tf.Tensor, shape: number[]): tf.Tensor {
  return tf.util.arraysEqual(dy.shape, shape) ? viewOf(dy) : sumTo(dy, shape);
}

/** Puts back, with size 1, the `axes` that a reduction of a tensor of `shape` has removed. */
export function keepDims(reduced: tf.Tensor, shape: number[], axes: number[]): tf.Tensor {
  return tf.reshape(
    reduced,
    shape.map((size, i) => (axes.includes(i) ? 1 : size)),
  );
}

/** Repeats the size-1 axes of `x`, of the same rank, up to `shape`. */
export function expandTo(x: tf.Tensor, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(x.shape, shape)) return viewOf(x);
  // One launch on the GPU; on wasm and cpu the Tile kernel takes several times as long as an addition.
  const backend = targetBackend();
  // `tf.broadcastTo` leaves a size of 1 where 0 is asked for.
  if (shape.includes(0)) return zeros(shape);
  if (backend === "webgpu" || backend === "webgl") return tf.broadcastTo(x, shape);
  return tf.add(x, zeros(shape));
}
