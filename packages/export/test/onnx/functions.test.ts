/** @file Every activation and every loss gives in ONNX Runtime what it gives here. */
import * as nn from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectSame } from "./support/check.ts";
import { testChecker } from "./support/checker.ts";
import { read } from "./support/read.ts";

const ACTIVATIONS: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  celu: nn.celu,
  elu: nn.elu,
  gelu: nn.gelu,
  "gelu, exact": (x) => nn.gelu(x, { approximate: false }),
  glu: nn.glu,
  hardSigmoid: nn.hardSigmoid,
  hardSilu: nn.hardSilu,
  hardTanh: nn.hardTanh,
  identity: nn.identity,
  leakyRelu: nn.leakyRelu,
  logSigmoid: nn.logSigmoid,
  logSoftmax: nn.logSoftmax,
  logsumexp: (x) => nn.logsumexp(x, { axis: -1 }),
  relu: nn.relu,
  relu6: nn.relu6,
  selu: nn.selu,
  sigmoid: nn.sigmoid,
  silu: nn.silu,
  softSign: nn.softSign,
  softmax: nn.softmax,
  softplus: nn.softplus,
  standardize: nn.standardize,
  tanh: nn.tanh,
};

test.each(Object.entries(ACTIVATIONS))("the activation %s", async (_, f) => {
  await expectSame((x: tf.Tensor) => f(x), [wave([4, 6], 8)], {
    dynamicBatch: true,
    others: [[wave([1, 6], 30)]],
  });
});

test("activations that are operators are written as such", async () => {
  const operators = async (f: (x: tf.Tensor) => tf.Tensor, opset = 20) =>
    read(await expectSame((x: tf.Tensor) => f(x), [wave([4, 6], 8)], { opset })).operators;
  expect(await operators(nn.gelu)).toEqual(["Gelu"]);
  expect(await operators((x) => nn.gelu(x, { approximate: false }))).toEqual(["Gelu"]);
  expect(await operators(nn.softplus)).toEqual(["Softplus"]);
  expect(await operators(nn.gelu, 19)).toContain("Tanh");
});

const logits = (batch: number) => wave([batch, 4], 2);
const targets = (batch: number) => wave([batch, 4], 2, 0.6);
const classes = (batch: number) =>
  tf.tensor1d(
    Array.from({ length: batch }, (_, i) => (3 * i + 1) % 4),
    "int32",
  );
const oneHot = (batch: number) => nn.oneHot(classes(batch), 4);
const yes = (batch: number) => tf.greater(wave([batch, 4], 1, 0.2), 0);
const shares = (batch: number) => nn.softmax(targets(batch));

type Loss = readonly [f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor, y: (batch: number) => tf.Tensor];

const LOSSES: Record<string, Loss> = {
  softmaxCrossEntropy: [nn.softmaxCrossEntropy, oneHot],
  safeSoftmaxCrossEntropy: [nn.safeSoftmaxCrossEntropy, oneHot],
  softmaxCrossEntropyWithIntegerLabels: [nn.softmaxCrossEntropyWithIntegerLabels, classes],
  polyLossCrossEntropy: [(x, y) => nn.polyLossCrossEntropy(x, y, { epsilon: 3 }), oneHot],
  sigmoidBinaryCrossEntropy: [nn.sigmoidBinaryCrossEntropy, yes],
  sigmoidFocalLoss: [
    (x, y) => nn.sigmoidFocalLoss(x, y, { alpha: 0.3, gamma: 1.5 }),
    (batch) => tf.cast(yes(batch), "float32"),
  ],
  huberLoss: [(x, y) => nn.huberLoss(x, y, { delta: 0.7 }), targets],
  l2Loss: [nn.l2Loss, targets],
  squaredError: [nn.squaredError, targets],
  logCosh: [nn.logCosh, targets],
  cosineSimilarity: [nn.cosineSimilarity, targets],
  cosineDistance: [nn.cosineDistance, targets],
  klDivergence: [(x, y) => nn.klDivergence(nn.logSoftmax(x), y), shares],
  klDivergenceWithLogTargets: [
    (x, y) => nn.klDivergenceWithLogTargets(nn.logSoftmax(x), y),
    (batch) => tf.log(shares(batch)),
  ],
  hingeLoss: [nn.hingeLoss, (batch) => tf.sign(targets(batch))],
  multiclassHingeLoss: [nn.multiclassHingeLoss, classes],
  smoothLabels: [(_, y) => nn.smoothLabels(y, 0.1), oneHot],
};

test.each(Object.entries(LOSSES))("the loss %s, and its mean", async (_, [f, y]) => {
  const args = (batch: number) => [logits(batch), y(batch)] as [tf.Tensor, tf.Tensor];
  await expectSame(
    (x: tf.Tensor, y: tf.Tensor) => {
      const loss = f(x, y);
      return { loss, mean: tf.mean(loss) };
    },
    args(5),
    { dynamicBatch: true, others: [args(1)] },
  );
});

test("attention in which a row sees nothing gives the mean, as it does here", async () => {
  const mask = tf.tensor(
    Array.from({ length: 50 }, (_, i) => Number(i % 25 >= 5 && i % 3 > 0)),
    [2, 1, 5, 5],
    "bool",
  );
  await expectSame(
    (q: tf.Tensor, mask: tf.Tensor) => nn.dotProductAttention(q, q, q, { mask }),
    [wave([2, 5, 2, 4]), mask],
  );
});

test("normalisation in groups keeps the variance where the mean is large", async () => {
  const layer = new nn.GroupNorm(8, { numGroups: 2, useFastVariance: false, rngs: new nn.Rngs(0) });
  await expectSame((x: tf.Tensor) => layer.forward(x), [tf.add(wave([2, 3, 3, 8]), 100)], {
    tolerance: 1e-4,
  });
});

testChecker();
