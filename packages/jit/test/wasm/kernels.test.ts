import { random } from "@nnx-js/tensor";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectSame, runCompiled } from "./traced.ts";

const x = () => wave([3, 5], 1, 0.3);
const y = () => wave([3, 5], 1, 1.9);
const ints = () => tf.tensor2d([-7, 3, 0, 5, -2, 9, 4, -6, 1, 8, -3, 2, 7, -1, 6], [3, 5], "int32");
const divisors = () => tf.tensor1d([3, -2, 4, -5, 1], "int32");

type Case = [
  name: string,
  fn: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
  inputs: () => tf.Tensor[],
];

const unary: Case[] = (
  [
    "abs",
    "ceil",
    "cos",
    "cosh",
    "elu",
    "erf",
    "exp",
    "expm1",
    "floor",
    "neg",
    "relu",
    "relu6",
    "round",
    "selu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "square",
    "step",
    "tan",
    "tanh",
    "atan",
    "asinh",
    "isNaN",
    "isInf",
    "isFinite",
    "asin",
    "acos",
    "atanh",
    "onesLike",
    "zerosLike",
  ] as const
).map((name): Case => [name, (a) => tf[name](a), () => [x()]]);

const positive: Case[] = (["log", "log1p", "sqrt", "rsqrt", "reciprocal", "acosh"] as const).map(
  (name): Case => [name, (a) => tf[name](tf.add(tf.abs(a), 1.25)), () => [x()]],
);

const binary: Case[] = (
  [
    "add",
    "sub",
    "mul",
    "div",
    "maximum",
    "minimum",
    "squaredDifference",
    "atan2",
    "mod",
    "floorDiv",
    "equal",
    "notEqual",
    "less",
    "lessEqual",
    "greater",
    "greaterEqual",
  ] as const
).flatMap((name): Case[] => [
  [name, (a, b) => tf[name](a, b), () => [x(), y()]],
  [`${name} of a row`, (a, b) => tf[name](a, tf.slice(b, [1, 0], [1, 5])), () => [x(), y()]],
  [`${name} of integers`, (a, b) => tf[name](a, b), () => [ints(), divisors()]],
]);

const layouts: Case[] = [
  ["transpose", (a) => tf.transpose(a, [2, 0, 1]), () => [wave([2, 3, 4])]],
  ["slice", (a) => tf.slice(a, [0, 1, 1], [2, 2, 2]), () => [wave([2, 3, 4])]],
  ["stridedSlice", (a) => tf.stridedSlice(a, [0, 2, 3], [2, 0, 0], [1, -1, -2]), () => [wave([2, 3, 4])]],
  ["reverse", (a) => tf.reverse(a, [0, 2]), () => [wave([2, 3, 4])]],
  ["tile", (a) => tf.tile(a, [2, 1, 3]), () => [wave([2, 3, 2])]],
  ["broadcastTo", (a) => tf.broadcastTo(a, [4, 3, 5]), () => [wave([3, 1])]],
  ["concat", (a, b) => tf.concat([a, b], 1), () => [wave([2, 3]), wave([2, 2], 1, 2)]],
  ["stack", (a, b) => tf.stack([a, b], 1), () => [x(), y()]],
  ["unstack", (a) => tf.unstack(a, 1), () => [x()]],
  ["split", (a) => tf.split(a, [1, 3, 1], 1), () => [x()]],
  [
    "pad",
    (a) =>
      tf.pad(
        a,
        [
          [1, 2],
          [0, 3],
        ],
        0.5,
      ),
    () => [x()],
  ],
  [
    "mirrorPad reflect",
    (a) =>
      tf.mirrorPad(
        a,
        [
          [1, 2],
          [2, 0],
        ],
        "reflect",
      ),
    () => [x()],
  ],
  [
    "mirrorPad symmetric",
    (a) =>
      tf.mirrorPad(
        a,
        [
          [1, 2],
          [2, 3],
        ],
        "symmetric",
      ),
    () => [x()],
  ],
  [
    "spaceToBatchND",
    (a) =>
      tf.spaceToBatchND(
        a,
        [2, 2],
        [
          [1, 1],
          [0, 2],
        ],
      ),
    () => [wave([1, 4, 4, 2])],
  ],
  [
    "batchToSpaceND",
    (a) =>
      tf.batchToSpaceND(
        a,
        [2, 2],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    () => [wave([4, 2, 3, 2])],
  ],
  ["depthToSpace", (a) => tf.depthToSpace(a as tf.Tensor4D, 2, "NHWC"), () => [wave([1, 2, 3, 8])]],
  [
    "a reshape that a transpose does not fit",
    (a) => tf.mul(tf.reshape(tf.transpose(a), [2, 3, 2]), tf.reshape(a, [2, 3, 2])),
    () => [wave([4, 3])],
  ],
];

const others: Case[] = [
  ["where", (a, b) => tf.where(tf.greater(a, b), tf.mul(a, 2), b), () => [x(), y()]],
  [
    "logical",
    (a, b) =>
      tf.logicalOr(
        tf.logicalNot(tf.greater(a, 0)),
        tf.logicalAnd(tf.less(b, 0), tf.logicalXor(tf.less(a, b), tf.less(a, 0))),
      ),
    () => [x(), y()],
  ],
  ["clip", (a) => tf.clipByValue(a, -0.5, 0.25), () => [x()]],
  [
    "casts",
    (a) => [
      tf.cast(tf.mul(a, 10), "int32"),
      tf.cast(tf.relu(a), "bool"),
      tf.cast(tf.greater(a, 0), "float32"),
    ],
    () => [x()],
  ],
  ["pow", (a, b) => tf.pow(tf.abs(a), b), () => [x(), y()]],
  ["prelu and leakyRelu", (a, b) => [tf.prelu(a, b), tf.leakyRelu(a, 0.1)], () => [x(), y()]],
  ["addN", (a, b) => tf.addN([a, b, a]), () => [x(), y()]],
  [
    "reductions",
    (a) => [
      tf.sum(a, 0),
      tf.mean(a),
      tf.prod(a, 1),
      tf.max(a, 1),
      tf.min(a, [0, 1]),
      tf.sum(a, [0, 2], true),
    ],
    () => [wave([2, 3, 5])],
  ],
  [
    "all and any",
    (a) => [tf.all(tf.greater(a, -2)), tf.any(tf.greater(a, 0.9), 0), tf.all(tf.greater(a, 0), 1)],
    () => [x()],
  ],
  [
    "sums of integers and of booleans",
    (a) => [tf.sum(a, 0), tf.max(a, 1), tf.sum(tf.greater(a, 0), 1)],
    () => [ints()],
  ],
  ["argMax and argMin", (a) => [tf.argMax(a, 0), tf.argMin(a, 1), tf.argMax(a, -1)], () => [wave([2, 3, 5])]],
  ["softmax and logSoftmax", (a) => [tf.softmax(a), tf.logSoftmax(a), tf.logSumExp(a, 0)], () => [x()]],
  ["oneHot", (a) => tf.oneHot(a, 4, 2, -1), () => [tf.tensor2d([0, 3, 1, 2], [2, 2], "int32")]],
  [
    "range, linspace and eye",
    (a) => [tf.add(a, tf.range(0, 5)), tf.add(a, tf.linspace(-1, 1, 5)), tf.mul(tf.eye(5), a)],
    () => [wave([5])],
  ],
  [
    "gather",
    (a, i) => [tf.gather(a, i), tf.gather(a, i, 1), tf.gather(tf.transpose(a), i, 0)],
    () => [wave([4, 5]), tf.tensor2d([3, 0, 2, 2, 1, 3], [2, 3], "int32")],
  ],
  [
    "gather with batch dimensions",
    (a, i) => tf.gather(a, i, 1, 1),
    () => [wave([2, 4, 3]), tf.tensor2d([3, 0, 2, 2], [2, 2], "int32")],
  ],
  [
    "gatherND",
    (a, i) => tf.gatherND(a, i),
    () => [wave([3, 4, 2]), tf.tensor2d([2, 3, 0, 1, 1, 0], [3, 2], "int32")],
  ],
  [
    "scatterND",
    (a, i) => tf.scatterND(i, a, [4, 3]),
    () => [wave([3, 3]), tf.tensor2d([2, 0, 2], [3, 1], "int32")],
  ],
  [
    "tensorScatterUpdate",
    (a, i) => tf.tensorScatterUpdate(a, i, tf.slice(a, [0, 0], [2, 3])),
    () => [wave([4, 3]), tf.tensor2d([3, 1], [2, 1], "int32")],
  ],
  [
    "unsortedSegmentSum",
    (a, i) => tf.unsortedSegmentSum(a, i as tf.Tensor1D, 3),
    () => [wave([4, 5]), tf.tensor1d([2, 0, 2, 1], "int32")],
  ],
  ["matMul", (a, b) => [tf.matMul(a, b, false, true), tf.matMul(a, b, true, false)], () => [x(), y()]],
  ["batched matMul", (a, b) => tf.matMul(a, b), () => [wave([2, 3, 4, 5]), wave([3, 5, 2])]],
  [
    "matMul of a transposed slice",
    (a, b) => tf.matMul(tf.slice(tf.transpose(a), [1, 0], [3, 3]), tf.reverse(b, 1)),
    () => [x(), y()],
  ],
  [
    "einsum",
    (a, b) => [
      tf.einsum("abc,acd->dab", a, b),
      tf.einsum("abc,abc->bc", a, tf.reshape(b, [2, 3, 4])),
      tf.einsum("abc->ca", a),
    ],
    () => [wave([2, 3, 4]), wave([2, 4, 3])],
  ],
  [
    "batchNorm",
    (a, b) =>
      tf.batchNorm(
        a,
        tf.mean(a, 0),
        tf.add(tf.square(tf.mean(b, 0)), 0.1),
        tf.mean(b, 0),
        tf.max(b, 0),
        1e-3,
      ),
    () => [x(), y()],
  ],
];

const image = () => wave([2, 7, 6, 4]);
const filter = () => wave([3, 3, 4, 6], 1, 0.7);
const volume = () => wave([1, 4, 5, 4, 2]);

/** The result of a convolution, and its gradients for image and filter. */
function withGradients(fn: (x: tf.Tensor, f: tf.Tensor) => tf.Tensor): Case[1] {
  return (x, f) => {
    const loss = (a: tf.Tensor, b: tf.Tensor) => {
      const y = fn(a, b);
      return tf.sum(tf.mul(y, wave(y.shape, 1, 0.4)));
    };
    return [fn(x, f), ...tf.grads(loss)([x, f])];
  };
}

const windows: Case[] = [
  [
    "conv2d same",
    withGradients((a, f) => tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, 1, "same")),
    () => [image(), filter()],
  ],
  [
    "conv2d valid, strides 2",
    withGradients((a, f) => tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, [2, 2], "valid")),
    () => [image(), filter()],
  ],
  [
    "conv2d explicit",
    withGradients((a, f) =>
      tf.conv2d(
        a as tf.Tensor4D,
        f as tf.Tensor4D,
        [1, 2],
        [
          [0, 0],
          [2, 1],
          [0, 1],
          [0, 0],
        ],
      ),
    ),
    () => [image(), filter()],
  ],
  [
    "conv2d dilated",
    (a, f) => tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, 1, "same", "NHWC", 2),
    () => [image(), filter()],
  ],
  [
    "conv1d",
    (a, f) => tf.conv1d(a as tf.Tensor3D, f as tf.Tensor3D, 1, "same"),
    () => [wave([2, 9, 4]), wave([3, 4, 5])],
  ],
  [
    "conv3d",
    withGradients((a, f) => tf.conv3d(a as tf.Tensor5D, f as tf.Tensor5D, 1, "same")),
    () => [volume(), wave([2, 3, 2, 2, 3])],
  ],
  [
    "conv2dTranspose",
    (a, f) => tf.conv2dTranspose(a as tf.Tensor4D, f as tf.Tensor4D, [2, 14, 12, 6], 2, "same"),
    () => [image(), wave([3, 3, 6, 4])],
  ],
  [
    "depthwiseConv2d",
    withGradients((a, f) => tf.depthwiseConv2d(a as tf.Tensor4D, f as tf.Tensor4D, 1, "same")),
    () => [image(), wave([3, 3, 4, 2])],
  ],
  [
    "fused conv2d",
    (a, f) =>
      tf.fused.conv2d({
        x: a as tf.Tensor4D,
        filter: f as tf.Tensor4D,
        strides: 1,
        pad: "same",
        bias: tf.range(0, 6),
        activation: "relu",
      }),
    () => [image(), filter()],
  ],
  [
    "pooling",
    (a) => [
      tf.maxPool(a as tf.Tensor4D, 3, 2, "same"),
      tf.avgPool(a as tf.Tensor4D, 2, 2, "same"),
      tf.avgPool(a as tf.Tensor4D, [2, 3], 1, "valid"),
    ],
    () => [image()],
  ],
  [
    "pooling 3d",
    (a) => [tf.maxPool3d(a as tf.Tensor5D, 2, 2, "same"), tf.avgPool3d(a as tf.Tensor5D, 2, 1, "valid")],
    () => [volume()],
  ],
  [
    "cumsum and cumprod",
    (a) => [tf.cumsum(a, 1), tf.cumsum(a, 0, true, true), tf.cumprod(a, 1, true)],
    () => [x()],
  ],
  [
    "topk",
    (a) => {
      const { values, indices } = tf.topk(a, 3);
      return [values, indices];
    },
    () => [x()],
  ],
  [
    "permutation",
    (key) => [random.permutation(key, 100), random.permutation(key, tf.range(0, 33))],
    () => [random.key(3)],
  ],
];

describe("compiled code gives what TensorFlow.js gives", () => {
  test.each([...unary, ...positive, ...binary, ...layouts, ...others, ...windows])(
    "%s",
    async (_, fn, inputs) => {
      await expectSame(fn, inputs());
    },
  );

  test("gradients", async () => {
    const loss = (a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(tf.mul(tf.softmax(tf.matMul(tf.tanh(a), tf.transpose(tf.sigmoid(b)))), tf.range(0, 3)));
    await expectSame((a, b) => tf.grads(loss)([a, b]), [x(), y()]);
  });

  test("random numbers, bits exactly", async () => {
    const draws = (key: tf.Tensor) => {
      const shape = [7, 3];
      const keys = random.split(key, 3);
      return [
        keys,
        random.foldIn(key, 5),
        random.bits(key, shape),
        random.bernoulli(key, 0.3, shape),
        random.randint(random.take(keys, 1), shape, -5, 1000),
        random.uniform(key, shape, { minval: -0.3, maxval: 0.7 }),
        random.normal(key, shape),
        random.truncatedNormal(key, -1, 2, shape),
        random.gumbel(key, shape),
        random.exponential(key, shape),
        random.laplace(key, shape),
        random.logistic(key, shape),
        random.increment(tf.reshape(tf.slice(random.take(keys, 2), 0, 1), [])),
      ];
    };
    await expectSame((key) => draws(key), [random.key(42)], 3e-6);
    const [uniform] = runCompiled((key) => random.uniform(key, [1000]), [random.key(7)]);
    expect(uniform!.dataSync()).toEqual(random.uniform(random.key(7), [1000]).dataSync());
  });
});
