/** @file Batching rules of kernels that fold or scan axes: sums, extremes, their indices, softmax, top k. */
import * as tf from "@tensorflow/tfjs-core";
import { axisIn, inLanes, laneShape, launch, launchMany } from "../operands.ts";
import { type BatchCall, type BatchRules, share } from "../rule.ts";

type Axis = number | number[] | null | undefined;

function reduction(call: BatchCall): tf.Tensor {
  const { kernelName, attrs, inputs, outputs } = call;
  const { axis, reductionIndices = axis } = attrs as { axis?: Axis; reductionIndices?: Axis };
  const x = inputs["x"]!.tensor;
  const shape = x.shape.slice(1);
  // Typed as if axes were required, but it takes undefined and null for "all".
  const axes = tf.util.parseAxisParam(reductionIndices as number[], shape).map((index) => index + 1);
  // Nothing is folded: the kernels would take an empty list for all axes.
  if (axes.length === 0) return tf.cast(x, outputs[0]!.dtype);
  return launch(kernelName, { x }, { ...attrs, [kernelName === tf.Max ? "reductionIndices" : "axis"]: axes });
}

function alongAxis({ kernelName, attrs, inputs }: BatchCall): tf.Tensor {
  const x = inputs["x"]!.tensor;
  const given = (attrs as { axis: number | number[] }).axis;
  const axis = Array.isArray(given) ? given[0]! : given;
  return launch(kernelName, { x }, { ...attrs, axis: axisIn(axis, x.rank - 1) + 1 });
}

/** Along the last axis. */
function softmax({ kernelName, attrs, inputs }: BatchCall): tf.Tensor {
  const logits = inputs["logits"]!.tensor;
  return launch(kernelName, { logits }, { ...attrs, dim: logits.rank - 1 });
}

function topK({ kernelName, attrs, inputs }: BatchCall): tf.Tensor[] {
  return launchMany(kernelName, { x: inputs["x"]!.tensor }, attrs);
}

/** Rows of numbers: those of all lanes. */
function bincount({ attrs, inputs, lanes, outputs }: BatchCall): tf.Tensor {
  const x = inLanes(inputs["x"]!, lanes.size);
  const hasWeights = tf.util.sizeFromShape(laneShape(inputs["weights"]!)) > 0;
  const rows = (tensor: tf.Tensor) => tf.reshape(tensor, [-1, x.shape.at(-1)!]);
  const { size, binaryOutput = false } = attrs as { size: number; binaryOutput?: boolean };
  const weights = hasWeights ? rows(inLanes(inputs["weights"]!, lanes.size)) : inputs["weights"]!.tensor;
  const counts = launch(tf.DenseBincount, { x: rows(x), weights }, { size, binaryOutput });
  return tf.reshape(counts, [lanes.size, ...outputs[0]!.shape]);
}

/** Rules of reductions, arg-reductions, cumulative kernels, softmax and top k. */
export const reductionRules: BatchRules = {
  ...share(["All", "Any", "Max", "Mean", "Min", "Prod", "Sum"], reduction),
  ...share(["ArgMax", "ArgMin", "Cumprod", "Cumsum"], alongAxis),
  ...share(["Bincount", "DenseBincount"], bincount),
  Softmax: softmax,
  TopK: topK,
};
