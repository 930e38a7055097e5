/** @file Kernels that lay out elements of int32 and bool, made of exact ones; TensorFlow.js passes them through float32. */
import * as tf from "@tensorflow/tfjs-core";
import { compose, type RunKernel } from "../compose.ts";

type Call = Parameters<tf.KernelFunc>[0];

// The registry erases the types that each of these was called with.

/** By kernel name. */
export const LAYOUTS: Readonly<Record<string, tf.KernelFunc>> = {
  [tf.SpaceToBatchND]: (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { blockShape, paddings } = call.attrs as unknown as tf.SpaceToBatchNDAttrs;
    const { getReshaped, getPermuted, getReshapedPermuted } = tf.backend_util;
    const blocks = tf.util.sizeFromShape(blockShape);
    const all = x.shape.map((_, axis) => paddings[axis - 1] ?? [0, 0]);
    return composedOnWebGpu(call, (run) => {
      const padded = run(tf.PadV2, { x }, { paddings: all, constantValue: 0 });
      const shape = getReshaped(padded.shape, blockShape, blocks, false);
      const perm = getPermuted(shape.length, blockShape.length, false);
      const moved = run(tf.Transpose, { x: run(tf.Reshape, { x: padded }, { shape }) }, { perm });
      return run(tf.Reshape, { x: moved }, { shape: getReshapedPermuted(padded.shape, blockShape, blocks, false) }); // prettier-ignore
    });
  },
  // With one more column than rows, what lies below one another lies one after the other on the diagonal.
  [tf.Diag]: (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const size = tf.util.sizeFromShape(x.shape);
    return composedOnWebGpu(call, (run) => {
      const column = run(tf.Reshape, { x }, { shape: [size, 1] });
      const rows = run(tf.PadV2, { x: column }, { paddings: [[0, 0], [0, size]], constantValue: 0 }); // prettier-ignore
      const flat = run(tf.Reshape, { x: rows }, { shape: [size * (size + 1)] });
      const square = run(tf.Slice, { x: flat }, { begin: [0], size: [size * size] });
      return run(tf.Reshape, { x: square }, { shape: [...x.shape, ...x.shape] });
    });
  },
  [tf.MirrorPad]: (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { paddings, mode } = call.attrs as unknown as tf.MirrorPadAttrs;
    // The border is repeated, or not.
    const skipped = mode === "reflect" ? 1 : 0;
    return composedOnWebGpu(call, (run) => {
      const mirrored = paddings.reduce((inner, [before, after], axis) => {
        const length = inner.shape[axis]!;
        const mirror = (from: number, count: number) => {
          const begin = inner.shape.map((_, i) => (i === axis ? from : 0));
          const size = inner.shape.map((whole, i) => (i === axis ? count : whole));
          return run(tf.Reverse, { x: run(tf.Slice, { x: inner }, { begin, size }) }, { dims: [axis] });
        };
        const parts = [
          ...(before > 0 ? [mirror(skipped, before)] : []),
          inner,
          ...(after > 0 ? [mirror(length - skipped - after, after)] : []),
        ];
        // A list of inputs, which is typed as if it had names.
        return parts.length === 1
          ? inner
          : run(tf.Concat, parts as unknown as tf.NamedTensorInfoMap, { axis });
      }, x);
      return mirrored === x ? run(tf.Identity, { x }) : mirrored;
    });
  },
  [tf.SparseToDense]: (call) => {
    const inputs = call.inputs as Record<"sparseIndices" | "sparseValues" | "defaultValue", tf.TensorInfo>;
    const { outputShape } = call.attrs as unknown as tf.SparseToDenseAttrs;
    const { sparseIndices, sparseValues, defaultValue } = inputs;
    const count = sparseIndices.shape.length > 0 ? sparseIndices.shape[0]! : 1;
    return composedOnWebGpu(call, (run) => {
      const repeated = (x: tf.TensorInfo, times: number) =>
        run(tf.Tile, { x: run(tf.Reshape, { x }, { shape: [1] }) }, { reps: [times] });
      const filled = repeated(defaultValue, tf.util.sizeFromShape(outputShape));
      const tensor = run(tf.Reshape, { x: filled }, { shape: outputShape });
      const indices = run(tf.Reshape, { x: sparseIndices }, { shape: [count, outputShape.length] });
      const updates = sparseValues.shape.length === 0 ? repeated(sparseValues, count) : sparseValues;
      return run(tf.TensorScatterUpdate, { tensor, indices, updates });
    });
  },
};

function composedOnWebGpu(call: Call, build: (run: RunKernel) => tf.TensorInfo): tf.TensorInfo {
  return compose(call.backend as tf.KernelBackend, "webgpu", build);
}
