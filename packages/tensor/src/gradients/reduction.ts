/** @file Gradients of sums, means, products and extrema over axes. */
import * as tf from "@tensorflow/tfjs-core";
import { expandTo, keepDims } from "./broadcast.ts";
import { float, gradient } from "./gradient.ts";

/**
 * The gradient of Max or Min: shared equally by all elements that attain it, as in JAX.
 *
 * The output may be saved: it only marks those elements, so nothing flows through it.
 */
function extremum(kernelName: string, axisAttr: "reductionIndices" | "axis"): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradFunc: (dy, [x, y], attrs) => ({
      // Max and Min have one output, and both tensors are saved; their axes are what the caller gave.
      x: () => shareAmong(dy as tf.Tensor, x as tf.Tensor, y as tf.Tensor, attrs[axisAttr] as number[]),
    }),
  };
}

function shareAmong(dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor, axis: number | number[]): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const attained = float(tf.equal(x, keepDims(y, x.shape, axes)));
  return tf.mul(attained, tf.div(keepDims(dy, x.shape, axes), tf.sum(attained, axes, true)));
}

/** The product of all other elements along the reduced axes, by products from both ends: right where elements are 0. */
function productOfOthers(x: tf.Tensor, axes: number[]): tf.Tensor {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const last = tf.transpose(x, order);
  const sizes = (which: number[]) => which.map((i) => x.shape[i] ?? 1);
  const rows = tf.reshape(last, [...sizes(kept), tf.util.sizeFromShape(sizes(axes))]);
  const before = tf.cumprod(rows, kept.length, true);
  const after = tf.cumprod(rows, kept.length, true, true);
  const others = tf.reshape(tf.mul(before, after), last.shape);
  return tf.transpose(
    others,
    order.map((_, i) => order.indexOf(i)),
  );
}

export const reductionGradients: tf.GradConfig[] = [
  extremum(tf.Max, "reductionIndices"),
  gradient<"x", tf.MeanAttrs>(tf.Mean, ["x"], (dy, { x }, { axis }) => ({
    x: () => {
      const axes = tf.util.parseAxisParam(axis, x.shape);
      // Divided while it is small.
      const each = tf.div(dy, x.size / Math.max(dy.size, 1));
      return expandTo(keepDims(each, x.shape, axes), x.shape);
    },
  })),
  extremum(tf.Min, "axis"),
  gradient<"x", tf.ProdAttrs>(tf.Prod, ["x"], (dy, { x }, { axis }) => ({
    x: () => {
      const axes = tf.util.parseAxisParam(axis, x.shape);
      return tf.mul(keepDims(dy, x.shape, axes), productOfOthers(float(x), axes));
    },
  })),
  gradient<"x", tf.SumAttrs>(tf.Sum, ["x"], (dy, { x }, { axis }) => ({
    x: () => expandTo(keepDims(dy, x.shape, tf.util.parseAxisParam(axis, x.shape)), x.shape),
  })),
];
