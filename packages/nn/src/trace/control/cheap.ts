/** @file Which launches cost next to nothing: to run them again is quicker than to keep what they gave. */
import * as tf from "@tensorflow/tfjs-core";

/** Launches that only say otherwise where elements are: compiled code does nothing for them. */
export const LAYOUT: ReadonlySet<string> = new Set([
  tf.BroadcastTo,
  tf.ExpandDims,
  tf.Identity,
  tf.Reshape,
  tf.Reverse,
  tf.Slice,
  tf.Tile,
  tf.Transpose,
]);

/** Launches that take a few instructions for an element. */
export const CHEAP: ReadonlySet<string> = new Set([
  ...LAYOUT,
  tf.Abs,
  tf.Add,
  tf.Cast,
  tf.Equal,
  tf.Greater,
  tf.GreaterEqual,
  tf.Less,
  tf.LessEqual,
  tf.LogicalAnd,
  tf.LogicalNot,
  tf.LogicalOr,
  tf.Maximum,
  tf.Minimum,
  tf.Multiply,
  tf.Neg,
  tf.NotEqual,
  tf.OnesLike,
  tf.Relu,
  tf.Relu6,
  tf.Select,
  tf.Sign,
  tf.Square,
  tf.Step,
  tf.Sub,
  tf.ZerosLike,
]);
