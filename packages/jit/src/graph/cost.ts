/** @file What a launch costs: floating-point operations and bytes. */
import * as tf from "@tensorflow/tfjs-core";
import {
  attrsOf,
  type Body,
  COND,
  type CondAttrs,
  type KernelNode,
  SCAN,
  type ScanAttrs,
  type Value,
  WHILE,
  type WhileAttrs,
} from "@nnx-js/nn/trace";

/** The cost of one launch. */
export interface Cost {
  /** Additions, multiplications and evaluated functions. */
  readonly flops: number;
  /** Bytes read and written, if nothing stays in a cache; booleans count as one byte. */
  readonly bytes: number;
}

/** The number of elements of a value. */
export function sizeOf({ shape }: Value): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** The bytes of a value, as TensorFlow.js counts them. */
export function bytesOf(value: Value): number {
  return sizeOf(value) * tf.util.bytesPerElement(value.dtype);
}

/** The cost of a launch. */
export function costOf(node: KernelNode): Cost {
  const values = [...Object.values(node.inputs), ...node.outputs];
  return {
    flops: flopsOf(node),
    bytes: values.reduce((bytes, value) => bytes + bytesOf(value), 0),
  };
}

/** Launches that only move elements. */
const MOVES = new Set<string>([
  tf.BatchToSpaceND,
  tf.BroadcastTo,
  tf.Cast,
  tf.Concat,
  tf.DepthToSpace,
  tf.ExpandDims,
  tf.Fill,
  tf.GatherNd,
  tf.GatherV2,
  tf.Identity,
  tf.MirrorPad,
  tf.OneHot,
  tf.OnesLike,
  tf.Pack,
  tf.PadV2,
  tf.Range,
  tf.Reshape,
  tf.Reverse,
  tf.Slice,
  tf.SpaceToBatchND,
  tf.SplitV,
  tf.StridedSlice,
  tf.Tile,
  tf.Transpose,
  tf.Unpack,
  tf.ZerosLike,
]);

/** Launches that combine all elements of their first input. */
const REDUCTIONS = new Set<string>([
  tf.All,
  tf.Any,
  tf.ArgMax,
  tf.ArgMin,
  tf.Max,
  tf.Mean,
  tf.Min,
  tf.Prod,
  tf.Sum,
]);

/** Of one turn, or of a branch. */
function flopsIn({ graph }: Body): number {
  return graph.nodes.reduce((sum, node) => sum + flopsOf(node), 0);
}

function flopsOf(node: KernelNode): number {
  const { kernelName, inputs, attrs, outputs } = node;
  const [first] = Object.values(inputs);
  const size = outputs.reduce((sum, output) => sum + sizeOf(output), 0);
  if (MOVES.has(kernelName)) return 0;
  if (REDUCTIONS.has(kernelName)) return first ? sizeOf(first) : 0;
  switch (kernelName) {
    case SCAN: {
      const { body, length } = attrsOf<ScanAttrs>(node);
      return length * flopsIn(body);
    }
    case WHILE: {
      // Of one turn: how many there are is not known.
      const { condition, body } = attrsOf<WhileAttrs>(node);
      return flopsIn(condition) + flopsIn(body);
    }
    case COND:
      return Math.max(...attrsOf<CondAttrs>(node).branches.map(flopsIn));
    case tf.BatchMatMul:
    case tf._FusedMatMul:
      return 2 * size * inputs["a"]!.shape.at(attrs["transposeA"] ? -2 : -1)!;
    case tf.Conv2D:
    case tf.FusedConv2D:
    case tf.Conv3D:
      return 2 * size * perOutput(inputs["filter"]!);
    case tf.DepthwiseConv2dNative:
    case tf.FusedDepthwiseConv2D:
      return 2 * size * inputs["filter"]!.shape.slice(0, 2).reduce((a, b) => a * b, 1);
    case tf.Conv2DBackpropInput:
    case tf.Conv3DBackpropInputV2:
      return 2 * sizeOf(inputs["dy"]!) * perOutput(inputs["filter"]!);
    case tf.Conv2DBackpropFilter:
    case tf.Conv3DBackpropFilterV2:
      return 2 * sizeOf(inputs["dy"]!) * perOutput(outputs[0]!);
    default:
      return size;
  }
}

/** Multiplications for one element of a convolution's output: [...window, in, out] without the last. */
function perOutput({ shape }: Value): number {
  return shape.slice(0, -1).reduce((a, b) => a * b, 1);
}
