/** @file Layout operations on tensors while they are lowered: nothing is copied where what reads them can follow. */
import { broadcast, product, sliced, transposed } from "../expr/segments.ts";
import type { Lowering, Tensor } from "./context.ts";

type Shape = readonly number[];

/** `shape`, but for the size of one axis. */
export function resized(shape: Shape, axis: number, size: number): number[] {
  return shape.map((all, i) => (i === axis ? size : all));
}

/** A number for each axis of `shape`: `value` for one of them, `rest` for the others. */
export function along(shape: Shape, axis: number, value: number, rest = 0): number[] {
  return shape.map((_, i) => (i === axis ? value : rest));
}

/** `x` with its axes in the order `perm`. */
export function transpose(lowering: Lowering, x: Tensor, perm: Shape): Tensor {
  const shape = perm.map((axis) => x.shape[axis]!);
  return lowering.move(x, shape, transposed(x.shape, perm));
}

/** `size` elements of each axis of `x`, from `begin` on, `step` apart. */
export function slice(lowering: Lowering, x: Tensor, begin: Shape, size: Shape, step?: Shape): Tensor {
  return lowering.move(x, size, sliced(x.shape, begin, size, step));
}

/** `tensor` repeated to `shape`; what is computed is computed before, not for each repetition. */
export function broadcastTo(lowering: Lowering, tensor: Tensor, shape: Shape): Tensor {
  if (tensor.expr.kind === "const" || product(shape) === product(tensor.shape)) return { ...tensor, shape };
  return lowering.move(lowering.held(tensor), shape, broadcast(tensor.shape, shape));
}

/** `x` with the elements of some axes in reverse. */
export function reversed(lowering: Lowering, x: Tensor, axes: ReadonlySet<number>): Tensor {
  const begin = x.shape.map((size, axis) => (axes.has(axis) ? size - 1 : 0));
  const step = x.shape.map((_, axis) => (axes.has(axis) ? -1 : 1));
  return slice(lowering, x, begin, x.shape, step);
}
