/** @file Kernels whose output does not change with a small change of their inputs: comparisons, logic, rounding, indices. */
import * as tf from "@tensorflow/tfjs-core";
import { gradient, viewOf, zeros } from "./gradient.ts";

/** Kernels of one input `x` and of its shape. */
const UNARY = [
  tf.Ceil,
  tf.Floor,
  tf.IsFinite,
  tf.IsInf,
  tf.IsNan,
  tf.LogicalNot,
  tf.OnesLike,
  tf.Round,
  tf.Sign,
  tf.Step,
  tf.ZerosLike,
];

/** Kernels of two inputs `a` and `b`, which broadcast. */
const BINARY = [
  tf.BitwiseAnd,
  tf.Equal,
  tf.FloorDiv,
  tf.Greater,
  tf.GreaterEqual,
  tf.Less,
  tf.LessEqual,
  tf.LogicalAnd,
  tf.LogicalOr,
  tf.LogicalXor,
  tf.NotEqual,
];

/** Reductions of one input `x`. */
const REDUCTIONS = [tf.All, tf.Any, tf.ArgMax, tf.ArgMin];

/** A kernel whose output is constant in all of its inputs, whatever their shapes. */
function constantIn(kernelName: string, inputs: readonly string[]): tf.GradConfig {
  return gradient(kernelName, inputs, (_, saved) =>
    Object.fromEntries(Object.entries(saved).map(([name, { shape }]) => [name, () => zeros(shape)])),
  );
}

/**
 * Float32 zeros, so that these kernels may stand between the parameters and the loss, in a mask for instance.
 *
 * A cast to or from an integer type stops the gradient too.
 */
export const constantGradients: tf.GradConfig[] = [
  ...UNARY.map((name) => gradient(name, [], (dy) => ({ x: () => zeros(dy.shape) }))),
  ...BINARY.map((name) => constantIn(name, ["a", "b"])),
  ...REDUCTIONS.map((name) => constantIn(name, ["x"])),
  constantIn(tf.Multinomial, ["logits"]),
  constantIn(tf.NonMaxSuppressionV3, ["boxes", "scores"]),
  constantIn(tf.NonMaxSuppressionV4, ["boxes", "scores"]),
  constantIn(tf.OneHot, ["indices"]),
  constantIn(tf.SearchSorted, ["sortedSequence", "values"]),
  // What chooses a random key, as a count does that only one branch moves, may depend on parameters.
  constantIn("ThreefryRandom", ["key"]),
  constantIn("ThreefrySplit", ["key"]),
  constantIn("ThreefryTake", ["keys"]),
  gradient<"key" | "data">("ThreefryFoldIn", ["key", "data"], (_, { key, data }) => ({
    key: () => zeros(key.shape),
    data: () => zeros(data.shape),
  })),
  gradient("Increment", [], (dy) => ({ count: () => zeros(dy.shape) })),
  gradient<"x", tf.CastAttrs>(tf.Cast, ["x"], (dy, { x }, { dtype }) => ({
    x: () => (x.dtype === "float32" && dtype === "float32" ? viewOf(dy) : zeros(dy.shape)),
  })),
  gradient(tf.Identity, [], (dy) => ({ x: () => viewOf(dy) })),
];
