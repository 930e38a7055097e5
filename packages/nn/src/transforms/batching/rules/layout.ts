/** @file Batching rules of kernels that only move elements: reshapes, transposes, slices, joins, pads, tiles. */
import { denseSlice } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { axisIn, folded, inLanes, laneShape, launch, launchMany, moveAxis, unfolded } from "../operands.ts";
import { type BatchCall, type BatchRules, share } from "../rule.ts";

/** The only input, which is batched. */
function only({ inputs }: BatchCall): tf.Tensor {
  return Object.values(inputs)[0]!.tensor;
}

function reshape(call: BatchCall): tf.Tensor {
  return tf.reshape(only(call), [call.lanes.size, ...call.outputs[0]!.shape]);
}

function transpose(call: BatchCall): tf.Tensor {
  const { perm } = call.attrs as { perm: number[] };
  return tf.transpose(only(call), [0, ...perm.map((axis) => axis + 1)]);
}

function reverse(call: BatchCall): tf.Tensor {
  const { dims } = call.attrs as { dims: number | number[] };
  const x = only(call);
  const axes = tf.util.parseAxisParam(dims, x.shape.slice(1));
  return launch(tf.Reverse, { x }, { dims: axes.map((axis) => axis + 1) });
}

function slice(call: BatchCall): tf.Tensor {
  const { begin } = call.attrs as { begin: number | number[] };
  const x = only(call);
  const { shape } = call.outputs[0]!;
  const given = typeof begin === "number" ? [begin] : begin;
  return tf.slice(x, [0, ...shape.map((_, axis) => given[axis] ?? 0)], [call.lanes.size, ...shape]);
}

/** One that steps along each axis, and a reshape: masks speak of the axes of a lane. */
function stridedSlice(call: BatchCall): tf.Tensor {
  const x = only(call);
  const { begin, strides, sizes } = denseSlice(
    x.shape.slice(1),
    call.attrs as unknown as tf.StridedSliceAttrs,
  );
  const { size } = call.lanes;
  // One that ends before the first element, backwards, has no end that can be written.
  const backwards = strides.flatMap((stride, axis) => (stride < 0 ? [axis + 1] : []));
  const turned = backwards.length === 0 ? x : tf.reverse(x, backwards);
  const steps = strides.map(Math.abs);
  const from = begin.map((index, axis) => (strides[axis]! < 0 ? x.shape[axis + 1]! - 1 - index : index));
  const to = from.map((index, axis) =>
    sizes[axis] === 0 ? index : index + (sizes[axis]! - 1) * steps[axis]! + 1,
  );
  const taken = tf.stridedSlice(turned, [0, ...from], [size, ...to], [1, ...steps]);
  return tf.reshape(taken, [size, ...call.outputs[0]!.shape]);
}

function tile(call: BatchCall): tf.Tensor {
  const { reps } = call.attrs as { reps: number[] };
  return tf.tile(only(call), [1, ...reps]);
}

function pad(call: BatchCall): tf.Tensor {
  const { paddings } = call.attrs as unknown as { paddings: [number, number][] };
  return launch(call.kernelName, { x: only(call) }, { ...call.attrs, paddings: [[0, 0], ...paddings] });
}

function concat({ inputs, attrs, lanes, outputs }: BatchCall): tf.Tensor {
  const axis = axisIn((attrs as { axis: number }).axis, outputs[0]!.shape.length);
  return tf.concat(
    Object.values(inputs).map((input) => inLanes(input, lanes.size)),
    axis + 1,
  );
}

function pack({ inputs, attrs, lanes, outputs }: BatchCall): tf.Tensor {
  const axis = axisIn((attrs as { axis: number }).axis, outputs[0]!.shape.length);
  return tf.stack(
    Object.values(inputs).map((input) => inLanes(input, lanes.size)),
    axis + 1,
  );
}

function unpack(call: BatchCall): tf.Tensor[] {
  const value = only(call);
  const axis = axisIn((call.attrs as { axis: number }).axis, value.rank - 1);
  return launchMany(tf.Unpack, { value }, { axis: axis + 1 });
}

function split(call: BatchCall): tf.Tensor[] {
  const x = only(call);
  const axis = axisIn((call.attrs as { axis: number }).axis, x.rank - 1);
  return launchMany(tf.SplitV, { x }, { ...call.attrs, axis: axis + 1 });
}

/** `[lanes, n, ...]` to `[lanes, blocks * n', ...]`: the kernel puts the blocks before what it splits. */
function spaceToBatch(call: BatchCall): tf.Tensor {
  const { size } = call.lanes;
  const blocks = tf.util.sizeFromShape((call.attrs as { blockShape: number[] }).blockShape);
  const y = launch(call.kernelName, { x: folded(only(call)) }, call.attrs);
  const [n, ...rest] = y.shape;
  const parts = tf.reshape(y, [blocks, size, n / blocks / size, ...rest]);
  return tf.reshape(moveAxis(parts, 1, 0), [size, ...call.outputs[0]!.shape]);
}

function batchToSpace(call: BatchCall): tf.Tensor {
  const { size } = call.lanes;
  const blocks = tf.util.sizeFromShape((call.attrs as { blockShape: number[] }).blockShape);
  const x = only(call);
  const [, n, ...rest] = x.shape;
  const parts = moveAxis(tf.reshape(x, [size, blocks, n! / blocks, ...rest]), 1, 0);
  return unfolded(launch(call.kernelName, { x: tf.reshape(parts, [size * n!, ...rest]) }, call.attrs), size);
}

function depthToSpace(call: BatchCall): tf.Tensor {
  return unfolded(launch(call.kernelName, { x: folded(only(call)) }, call.attrs), call.lanes.size);
}

/** The elements where both halves of the index are equal, zeros elsewhere. */
function diag(call: BatchCall): tf.Tensor {
  const x = only(call);
  const shape = laneShape(call.inputs["x"]!);
  const n = tf.util.sizeFromShape(shape);
  const row = tf.range(0, n, 1, "int32");
  const isOnIt = tf.equal(tf.expandDims(row, 1), row);
  const rows = tf.tile(tf.reshape(x, [call.lanes.size, 1, n]), [1, n, 1]);
  return tf.reshape(tf.where(isOnIt, rows, tf.zerosLike(rows)), [call.lanes.size, ...shape, ...shape]);
}

/** Rules of reshapes, transposes, slices, concatenations, splits, pads, tiles and block moves. */
export const layoutRules: BatchRules = {
  ...share(["ExpandDims", "Reshape"], reshape),
  ...share(["MirrorPad", "PadV2"], pad),
  BatchToSpaceND: batchToSpace,
  Concat: concat,
  DepthToSpace: depthToSpace,
  Diag: diag,
  Pack: pack,
  Reverse: reverse,
  Slice: slice,
  SpaceToBatchND: spaceToBatch,
  SplitV: split,
  StridedSlice: stridedSlice,
  Tile: tile,
  Transpose: transpose,
  Unpack: unpack,
};
