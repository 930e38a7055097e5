/** @file What TensorFlow.js 4.22 gets wrong and this package mends; runs with both, so it imports TensorFlow.js alone. */
import * as tf from "@tensorflow/tfjs-core";

/** A computation and what it should give. */
export interface Fault {
  name: string;
  backend: "cpu" | "wasm";
  run: () => tf.Tensor;
  expected: number[];
}

const ids = (values: number[], shape = [values.length]) => tf.tensor(values, shape, "int32");
const matrix = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
const onCpu = (name: string, run: () => tf.Tensor, expected: number[]): Fault => ({
  name,
  backend: "cpu",
  run,
  expected,
});
const onWasm = (name: string, run: () => tf.Tensor, expected: number[]): Fault => ({
  ...onCpu(name, run, expected),
  backend: "wasm",
});

/** An image of 3 by 3. */
const nine = () => tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
/** An image of 2 by 2, the largest number last. */
const matrixImage = () => tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
/** One window of numbers below 0. */
const negatives = (shape: number[]) =>
  tf.sub(tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape), 9);

/** The gradient of the sum of `f`. */
const slope = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor) => tf.grad(f)(x);
/** The second derivative of `f`, element by element. */
const curvature = (f: (x: tf.Tensor) => tf.Tensor, at: number) =>
  tf.grad((x) => tf.grad(f)(x))(tf.tensor1d([at]));

const { tanh, exp } = Math;
const sigmoid = 1 / (1 + exp(-0.5));
/** Of a logit 0 in [0, 0]: both probabilities are 1/2, and d²(log p)/dx² = -p (1 - p). */
const twoLogits = (f: (x: tf.Tensor) => tf.Tensor) =>
  tf.grad((x) => tf.slice(tf.grad((y) => tf.slice(f(y), 0, 1))(x), 0, 1))(tf.tensor1d([1, 0]));
const p = 1 / (1 + exp(-1));

/** Each with values worked out by hand or in double precision. */
export const FAULTS: Fault[] = [
  // No gradient.
  onCpu(
    "gradient of einsum",
    () => slope((x) => tf.einsum("ij,jk->ik", x, tf.ones([3, 2])), matrix()),
    [2, 2, 2, 2, 2, 2],
  ),
  onCpu("gradient of cumprod", () => slope(tf.cumprod, tf.tensor1d([2, 0, 3])), [1, 8, 0]),
  onCpu("gradient of topk", () => slope((x) => tf.topk(x, 1).values, matrix()), [0, 0, 1, 0, 0, 1]),
  onCpu(
    "gradient of gatherND",
    () => slope((x) => tf.gatherND(x, ids([0, 1, 0, 1], [2, 2])), matrix()),
    [0, 2, 0, 0, 0, 0],
  ),
  onCpu(
    "gradient of scatterND",
    () => slope((x) => tf.scatterND(ids([1], [1, 1]), x, [3]), tf.ones([1])),
    [1],
  ),
  onCpu(
    "gradient of tensorScatterUpdate",
    () => slope((x) => tf.tensorScatterUpdate(x, ids([1], [1, 1]), tf.ones([1])), tf.ones([3])),
    [1, 0, 1],
  ),
  onCpu(
    "gradient through where by a comparison of the input",
    () => slope((x) => tf.where(tf.less(x, 0), tf.neg(x), tf.square(x)), tf.tensor1d([-2, 3])),
    [-1, 6],
  ),
  onCpu(
    "gradient of batchNorm without scale and offset",
    () =>
      slope(
        (x) => tf.batchNorm(x as tf.Tensor2D, tf.zeros([2]), tf.ones([2]), undefined, undefined, 0),
        tf.ones([1, 2]),
      ),
    [1, 1],
  ),
  onCpu(
    "gradient of depthToSpace",
    () => slope((x) => tf.depthToSpace(x as tf.Tensor4D, 2), tf.ones([1, 1, 1, 4])),
    [1, 1, 1, 1],
  ),
  onCpu(
    "gradient of a fused product of a batch and one matrix",
    () => slope((b) => tf.fused.matMul({ a: tf.ones([2, 1, 2]), b }), tf.ones([2, 1])),
    [2, 2],
  ),
  onCpu(
    "filter gradient of a dilated convolution",
    () =>
      slope(
        (filter) => tf.conv2d(nine(), filter as tf.Tensor4D, 1, "valid", "NHWC", 2),
        tf.ones([2, 2, 1, 1]),
      ),
    [1, 3, 7, 9],
  ),
  onCpu(
    "input gradient of a dilated convolution",
    () =>
      slope(
        (x) => tf.conv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, "valid", "NHWC", 2),
        tf.zeros([1, 3, 3, 1]),
      ),
    [1, 0, 1, 0, 0, 0, 1, 0, 1],
  ),
  onCpu(
    "filter gradient of a dilated convolution channel by channel",
    () =>
      slope(
        (filter) => tf.depthwiseConv2d(nine(), filter as tf.Tensor4D, 1, "valid", "NHWC", 2),
        tf.ones([2, 2, 1, 1]),
      ),
    [1, 3, 7, 9],
  ),
  onCpu(
    "gradient of maxPoolWithArgmax",
    () => slope((x) => tf.maxPoolWithArgmax(x as tf.Tensor4D, 2, 2, "valid").result!, matrixImage()),
    [0, 0, 0, 1],
  ),
  onCpu(
    "curvature of dilation",
    () =>
      slope(
        (x) => slope((y) => tf.square(tf.dilation2d(y as tf.Tensor4D, tf.zeros([2, 2, 1]), 1, "valid")), x),
        matrixImage(),
      ),
    [0, 0, 0, 2],
  ),
  // Wrong gradients.
  onCpu(
    "gradient of mirrorPad",
    () => slope((x) => tf.mirrorPad(x, [[2, 1]], "reflect"), tf.tensor1d([1, 2, 3])),
    [1, 3, 2],
  ),
  onCpu(
    "gradient of a resized image that is not square",
    () => slope((x) => tf.image.resizeBilinear(x as tf.Tensor4D, [4, 2]), tf.ones([1, 2, 1, 1])),
    [3, 5],
  ),
  onCpu("gradient of equal maxima", () => slope((x) => tf.max(x), tf.tensor1d([1, 1])), [0.5, 0.5]),
  onCpu("gradient of maximum at a tie", () => slope((x) => tf.maximum(x, 1), tf.tensor1d([1])), [0.5]),
  onCpu("gradient of pow with a base of 0", () => slope((x) => tf.pow(x, 0), tf.tensor1d([0])), [0]),
  // Second derivatives of operations that save their output.
  onCpu("curvature of tanh", () => curvature(tf.tanh, 0.5), [-2 * tanh(0.5) * (1 - tanh(0.5) ** 2)]),
  onCpu("curvature of sigmoid", () => curvature(tf.sigmoid, 0.5), [
    sigmoid * (1 - sigmoid) * (1 - 2 * sigmoid),
  ]),
  onCpu("curvature of exp", () => curvature(tf.exp, 0.5), [exp(0.5)]),
  onCpu("curvature of elu", () => curvature(tf.elu, -0.5), [exp(-0.5)]),
  onCpu("curvature of softmax", () => twoLogits(tf.softmax), [
    p * (1 - p) * (1 - 2 * p),
    -p * (1 - p) * (1 - 2 * p),
  ]),
  onCpu("curvature of logSoftmax", () => twoLogits(tf.logSoftmax), [-p * (1 - p), p * (1 - p)]),
  onCpu(
    "curvature of softmaxCrossEntropy",
    () => {
      const labels = tf.tensor2d([[1, 0]]);
      return twoLogits((x) => tf.reshape(tf.losses.softmaxCrossEntropy(labels, tf.reshape(x, [1, 2])), [1]));
    },
    [p * (1 - p), -p * (1 - p)],
  ),
  // Wrong values.
  onCpu(
    "einsum of an operand that is summed alone",
    () => tf.einsum("ij,jk->k", matrix(), tf.ones([3, 2])),
    [21, 21],
  ),
  onCpu(
    "a product of batches that broadcast in part",
    () => tf.matMul(tf.tensor([1, 2], [2, 1, 1, 1]), tf.tensor([1, 10, 100], [1, 3, 1, 1])),
    [1, 10, 100, 2, 20, 200],
  ),
  onCpu(
    "the input of tensorScatterUpdate afterwards",
    () => {
      const x = tf.zeros([2]);
      tf.tensorScatterUpdate(x, ids([0], [1, 1]), tf.ones([1]));
      return x;
    },
    [0, 0],
  ),
  // Kernels that wasm lacks or gets wrong.
  onWasm(
    "gradient of an embedding",
    () => slope((x) => tf.gather(x, ids([1, 1])), tf.zeros([2, 2])),
    [0, 0, 2, 2],
  ),
  onWasm("einsum", () => tf.einsum("ij->j", matrix()), [5, 7, 9]),
  onWasm(
    "unsortedSegmentSum",
    () => tf.unsortedSegmentSum(tf.ones([3]), ids([0, 1, 1]) as tf.Tensor1D, 2),
    [1, 2],
  ),
  onWasm(
    "gather with batch dimensions",
    () => tf.gather(matrix(), ids([1, 0, 1, 2, 2, 0], [2, 3]), 1, 1),
    [2, 1, 2, 6, 6, 4],
  ),
  onWasm(
    "a right operand of matMul in a second shape",
    () => {
      const x = matrix();
      tf.matMul(tf.ones([1, 2]), x);
      return tf.matMul(tf.ones([1, 3]), tf.reshape(x, [3, 2]));
    },
    [9, 12],
  ),
  onWasm(
    "filter gradient of a convolution",
    () => slope((filter) => tf.conv2d(nine(), filter as tf.Tensor4D, 1, "valid"), tf.ones([2, 2, 1, 1])),
    [12, 16, 24, 28],
  ),
  onWasm(
    "input gradient of a convolution channel by channel",
    () =>
      slope(
        (x) => tf.depthwiseConv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, "valid"),
        tf.zeros([1, 3, 3, 1]),
      ),
    [1, 2, 1, 2, 4, 2, 1, 2, 1],
  ),
  onWasm(
    "filter gradient of a convolution channel by channel",
    () =>
      slope((filter) => tf.depthwiseConv2d(nine(), filter as tf.Tensor4D, 1, "valid"), tf.ones([2, 2, 1, 1])),
    [12, 16, 24, 28],
  ),
  onWasm(
    "input gradient of a convolution in three dimensions",
    // Deeper than it is high: the kernel takes the one for the other.
    () =>
      slope(
        (x) => tf.conv3d(x as tf.Tensor5D, tf.ones([1, 1, 1, 1, 1]), 1, "valid"),
        tf.zeros([1, 3, 1, 1, 1]),
      ),
    [1, 1, 1],
  ),
  onWasm(
    "dilation of negatives",
    () => tf.dilation2d(negatives([1, 2, 2, 1]) as tf.Tensor4D, tf.zeros([2, 2, 1]), 2, "valid"),
    [-6],
  ),
  onWasm(
    "gradient of dilation of negatives",
    () =>
      slope((x) => tf.dilation2d(x as tf.Tensor4D, tf.zeros([2, 2, 1]), 2, "valid"), negatives([1, 2, 2, 1])),
    [0, 0, 0, 1],
  ),
  onWasm(
    "filter gradient of dilation of negatives",
    () =>
      slope(
        (filter) => tf.dilation2d(negatives([1, 2, 2, 1]) as tf.Tensor4D, filter as tf.Tensor3D, 2, "valid"),
        tf.zeros([2, 2, 1]),
      ),
    [0, 0, 0, 1],
  ),
  onWasm(
    "gradient of maxPool3d of negatives",
    () => slope((x) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, "valid"), negatives([1, 2, 2, 2, 1])),
    [0, 0, 0, 0, 0, 0, 0, 1],
  ),
  onWasm(
    "gradient of maxPool of negatives",
    () => slope((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"), negatives([1, 2, 2, 1])),
    [0, 0, 0, 1],
  ),
  onWasm(
    "maxPool3d of negatives",
    () => tf.maxPool3d(negatives([1, 2, 2, 2, 1]) as tf.Tensor5D, 2, 2, "valid"),
    [-2],
  ),
  onWasm(
    "maxPoolWithArgmax of negatives",
    () => tf.maxPoolWithArgmax(negatives([1, 2, 2, 1]) as tf.Tensor4D, 2, 2, "valid").result!,
    [-6],
  ),
];
