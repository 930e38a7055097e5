/** @file Gradients of average and maximum pooling in two and three dimensions, to any order. */
import * as tf from "@tensorflow/tfjs-core";
import { padOrCrop } from "../convolution/axes.ts";
import { type Axis, coveringPads, type PoolAttrs, poolAxesOf } from "../convolution/window-axes.ts";
import { LOWEST } from "../kernels/pooling/largest.ts";
import { gradient, select, zeros } from "./gradient.ts";
import { zeroGradient } from "./symbolic-zeros.ts";

const AVERAGES = [
  [tf.AvgPool, tf.AvgPoolGrad],
  [tf.AvgPool3D, tf.AvgPool3DGrad],
] as const;

const MAXIMA = [
  [tf.MaxPool, tf.MaxPoolGrad],
  [tf.MaxPool3D, tf.MaxPool3DGrad],
] as const;

/** The kernels that pool, with that of their gradient; the second output of the last are indices. */
const MAXIMUM_KERNELS = [...MAXIMA, [tf.MaxPoolWithArgmax, tf.MaxPoolGrad]] as const;

export const poolingGradients: tf.GradConfig[] = [
  // The mean is linear, and the second kernel distributes what the first collects.
  ...AVERAGES.flatMap(([forward, backward]) => [
    gradient<"x", PoolAttrs>(forward, ["x"], (dy, { x }, attrs) => ({
      x: () => (dy.size === 0 ? zeros(x.shape) : run(backward, { dy, input: x }, attrs)),
    })),
    gradient<never, PoolAttrs>(backward, [], (g, _, attrs) => ({
      dy: () => run(forward, { x: g }, attrs),
      input: zeroGradient,
    })),
  ]),
  ...MAXIMUM_KERNELS.map(([forward, backward]): tf.GradConfig => ({
    kernelName: forward,
    inputsToSave: ["x"],
    // It gets a gradient of zeros below, so that it may stand in a second-order gradient.
    outputsToSave: [true],
    gradFunc: (dys, saved, attrs) => {
      const [dy] = [dys].flat() as [tf.Tensor];
      // The inputs come before the output.
      const [input, output] = saved as [tf.Tensor, tf.Tensor];
      const pool = attrs as unknown as PoolAttrs;
      return { x: () => (dy.size === 0 ? zeros(input.shape) : run(backward, { dy, input, output }, pool)) };
    },
  })),
  ...MAXIMA.map(([, backward]) =>
    gradient<"input", PoolAttrs>(backward, ["input"], (g, { input }, attrs) => ({
      dy: () => atMaximum(g, input, poolAxesOf(input.shape, attrs)),
      input: zeroGradient,
      output: zeroGradient,
    })),
  ),
];

function run(kernelName: string, inputs: tf.NamedTensorMap, attrs: PoolAttrs): tf.Tensor {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const is3D = Object.values(inputs).some(({ rank }) => rank === 5);
  return tf.engine().runKernel(kernelName, inputs, {
    filterSize,
    strides,
    pad,
    ...(dimRoundingMode && { dimRoundingMode }),
    ...(is3D && { dataFormat: "NDHWC" }),
  });
}

/** For each window, the element of `values` where `x` has the first of its largest elements. */
function atMaximum(values: tf.Tensor, x: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  const pads = coveringPads(axes);
  const padded: Pair = { values: padOrCrop(values, pads), x: padOrCrop(x, pads, LOWEST) };
  // From the last axis to the first: of equals, the one in the first row wins, and in it the first.
  return axes.reduceRight((partly, axis, i) => alongAxis(partly, axis, i + 1), padded).values;
}

interface Pair {
  values: tf.Tensor;
  x: tf.Tensor;
}

function alongAxis({ values, x }: Pair, { output, size, stride }: Axis, axis: number): Pair {
  const [lead, rest] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const rows = [tf.util.sizeFromShape(lead), x.shape[axis] ?? 0, tf.util.sizeFromShape(rest)] as const;
  const tapsOf = (t: tf.Tensor) => {
    const flat = tf.reshape(t, [...rows]);
    return Array.from({ length: size }, (_, tap) => {
      const end = tap + (output - 1) * stride + 1;
      return stride === 1
        ? tf.slice(flat, [0, tap, 0], [-1, output, -1])
        : tf.stridedSlice(flat, [0, tap, 0], [rows[0], end, rows[2]], [1, stride, 1]);
    });
  };
  const taken = tapsOf(values);
  const [first, ...others] = tapsOf(x);
  const best = others.reduce<Pair>(
    (best, candidate, i) => ({
      values: select(tf.greater(candidate, best.x), taken[i + 1]!, best.values),
      x: tf.maximum(best.x, candidate),
    }),
    { values: taken[0]!, x: first! },
  );
  const shape = [...lead, output, ...rest];
  return { values: tf.reshape(best.values, shape), x: tf.reshape(best.x, shape) };
}
