/** @file Sums over all elements of all leaves. */
import * as tf from "@tensorflow/tfjs-core";
import { type Tree, treeLeaves, treeMap } from "../tree.ts";

/** `Σ a * b`, float32 `[]`. @see optax.tree.vdot */
export function dot(a: Tree, b: Tree): tf.Scalar {
  return sumOf(treeMap((x, y) => tf.mul(x, y), a, b));
}

/** `Σ x²`, float32 `[]`: the squared length. @see optax.tree.norm with squared=True */
export function squaredNorm(tree: Tree): tf.Scalar {
  return sumOf(treeMap((x) => tf.square(x), tree));
}

/** `Σ |x|`, float32 `[]`. */
export function sumOfMagnitudes(tree: Tree): tf.Scalar {
  return sumOf(treeMap((x) => tf.abs(x), tree));
}

/** `√(Σ x²)`, float32 `[]`. @see optax.tree.norm */
export function norm(tree: Tree): tf.Scalar {
  return tf.sqrt(squaredNorm(tree));
}

/** `a - b`. @see optax.tree.sub */
export function subtract<T extends Tree>(a: T, b: Tree): T {
  return treeMap((x, y) => tf.sub(x, y), a, b);
}

/** Every leaf times `factor`. @see optax.tree.scale */
export function scaled<T extends Tree>(factor: tf.Tensor, tree: T): T {
  return treeMap((x) => tf.mul(x, factor), tree);
}

/** `a + factor * b`. @see optax.tree.add_scale */
export function addScaled<T extends Tree>(a: T, factor: tf.Tensor, b: Tree): T {
  return treeMap((x, y) => tf.add(x, tf.mul(factor, y)), a, b);
}

/** `a` where `condition` holds, `b` elsewhere, for a scalar condition. @see optax.tree.where */
export function choose<T extends Tree>(condition: tf.Tensor, a: T, b: Tree): T {
  return treeMap((x, y) => tf.where(condition, x, y), a, b);
}

function sumOf(tree: Tree): tf.Scalar {
  const sums = treeLeaves(tree).map((leaf) => tf.sum<tf.Scalar>(leaf));
  return sums.length === 0 ? tf.scalar(0) : sums.reduce((total, next) => tf.add(total, next));
}
