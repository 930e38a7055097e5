/** @file Kernels whose output does not change with a small change of their inputs: comparisons, logic, rounding, indices. */
import * as tf from "@tensorflow/tfjs-core";
import { gradient, viewOf } from "./gradient.ts";
import { zeroGradient } from "./symbolic-zeros.ts";

/** Kernels of one input `x`. */
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

/** Kernels of two inputs `a` and `b`. */
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

/** A kernel whose output is constant in these inputs. */
function constantIn(kernelName: string, inputs: readonly string[]): tf.GradConfig {
  return gradient(kernelName, [], () => Object.fromEntries(inputs.map((name) => [name, zeroGradient])));
}

/**
 * Nothing flows back through these kernels, so that they may stand between the parameters and the loss, in a mask for
 * instance.
 *
 * A cast to or from an integer type stops the gradient too.
 */
export const constantGradients: tf.GradConfig[] = [
  ...UNARY.map((name) => constantIn(name, ["x"])),
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
  constantIn("ThreefryFoldIn", ["key", "data"]),
  constantIn("Increment", ["count"]),
  gradient<"x", tf.CastAttrs>(tf.Cast, ["x"], (dy, { x }, { dtype }) => ({
    x: x.dtype === "float32" && dtype === "float32" ? () => viewOf(dy) : zeroGradient,
  })),
  gradient(tf.Identity, [], (dy) => ({ x: () => viewOf(dy) })),
];
