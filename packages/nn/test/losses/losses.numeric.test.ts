import * as nn from "@nnx-js/nn";
import { expectNoLeak, finiteDifference, fromGolden, wave } from "@nnx-js/testing";
import golden from "@nnx-js/testing/golden/optim.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const figures = golden.losses;
const logits = () => wave([5, 4], 2);
const targets = () => wave([5, 4], 2, 0.6);
const classes = () => tf.tensor1d([0, 3, 1, 2, 3], "int32");
const oneHot = () => nn.oneHot(classes(), 4);

describe("Optax's figures", () => {
  test.each([
    ["softmax_cross_entropy", () => nn.softmaxCrossEntropy(logits(), oneHot())],
    [
      "softmax_cross_entropy_with_integer_labels",
      () => nn.softmaxCrossEntropyWithIntegerLabels(logits(), classes()),
    ],
    [
      "sigmoid_binary_cross_entropy",
      () => nn.sigmoidBinaryCrossEntropy(logits(), tf.greater(wave([5, 4], 1, 0.2), 0)),
    ],
    ["huber_loss", () => nn.huberLoss(logits(), targets(), { delta: 0.7 })],
    ["l2_loss", () => nn.l2Loss(logits(), targets())],
    ["cosine_similarity", () => nn.cosineSimilarity(logits(), targets())],
    ["log_cosh", () => nn.logCosh(logits(), targets())],
    ["smooth_labels_0.1", () => nn.smoothLabels(oneHot(), 0.1)],
  ] as const)("%s", async (name, compute) => {
    await expect(compute()).toBeAllClose(figures[name]);
  });
});

test("the losses without figures are what their formulas say", async () => {
  const [x, y] = [logits(), nn.softmax(targets())];
  const probabilities = nn.softmax(x);
  const crossEntropy = fromGolden(figures.softmax_cross_entropy);
  await expect(nn.safeSoftmaxCrossEntropy(x, oneHot())).toBeAllClose(crossEntropy);
  await expect(nn.squaredError(x, targets())).toBeAllClose(tf.mul(fromGolden(figures.l2_loss), 2), {
    rtol: 1e-5,
    atol: 2e-6,
  });
  await expect(nn.squaredError(x)).toBeAllClose(tf.square(x));
  const missed = tf.sum(tf.mul(oneHot(), tf.sub(1, probabilities)), -1);
  await expect(nn.polyLossCrossEntropy(x, oneHot(), { epsilon: 3 })).toBeAllClose(
    tf.add(crossEntropy, tf.mul(missed, 3)),
  );
  const divergence = tf.sum(tf.mul(y, tf.sub(tf.log(y), tf.log(probabilities))), -1);
  await expect(nn.klDivergence(nn.logSoftmax(x), y)).toBeAllClose(divergence);
  await expect(nn.klDivergenceWithLogTargets(nn.logSoftmax(x), tf.log(y))).toBeAllClose(divergence);
  await expect(nn.cosineDistance(x, targets())).toBeAllClose(
    tf.sub(1, fromGolden(figures.cosine_similarity)),
  );
  const yes = nn.sigmoid(x);
  const labels = tf.cast(tf.greater(targets(), 0), "float32");
  const ofLabel = tf.where(tf.greater(targets(), 0), yes, tf.sub(1, yes));
  const weights = tf.where(tf.greater(targets(), 0), tf.scalar(0.3), tf.scalar(0.7));
  const focal = tf.neg(tf.mul(tf.mul(weights, tf.pow(tf.sub(1, ofLabel), 1.5)), tf.log(ofLabel)));
  await expect(nn.sigmoidFocalLoss(x, labels, { alpha: 0.3, gamma: 1.5 })).toBeAllClose(focal);
  await expect(nn.hingeLoss(tf.tensor1d([2, 0.5, -1]), tf.tensor1d([1, 1, 1]))).toBeAllClose([0, 0.5, 2]);
  const scores = tf.tensor2d([1, 3, 2, 5, 0, 1], [2, 3]);
  await expect(nn.multiclassHingeLoss(scores, tf.tensor1d([2, 0], "int32"))).toBeAllClose([2, 0]);
});

describe("a mask", () => {
  test("leaves elements out of the softmax, and whole rows out of the loss", async () => {
    const where = tf.tensor2d([1, 1, 1, 0, 0, 0, 0, 0], [2, 4], "bool");
    const x = wave([2, 4], 2);
    const labels = tf.tensor2d([0, 1, 0, 0, 0, 0, 1, 0], [2, 4]);
    const short = nn.softmaxCrossEntropy(tf.slice(x, [0, 0], [1, 3]), tf.tensor2d([[0, 1, 0]]));
    const expected = tf.concat([short, tf.zeros([1])]);
    const integers = tf.tensor1d([1, 2], "int32");
    await expect(nn.softmaxCrossEntropy(x, labels, { where })).toBeAllClose(expected);
    await expect(nn.softmaxCrossEntropyWithIntegerLabels(x, integers, { where })).toBeAllClose(expected);
    const loss = (f: (x: tf.Tensor) => tf.Tensor) => tf.grad((z) => tf.sum(f(z)))(x);
    const shortGradient = tf.sub(nn.softmax(tf.slice(x, [0, 0], [1, 3])), tf.tensor2d([[0, 1, 0]]));
    const gradient = tf.pad(shortGradient, [
      [0, 1],
      [0, 1],
    ]);
    await expect(loss((z) => nn.softmaxCrossEntropy(z, labels, { where }))).toBeAllClose(gradient);
    await expect(loss((z) => nn.softmaxCrossEntropyWithIntegerLabels(z, integers, { where }))).toBeAllClose(
      gradient,
    );
    await expect(loss((z) => nn.polyLossCrossEntropy(z, labels, { where, epsilon: 0 }))).toBeAllClose(
      gradient,
    );
  });

  test("of the batch's shape keeps or drops each row", async () => {
    const where = tf.tensor1d([1, 0, 1, 1, 0], "bool");
    const full = fromGolden(figures.softmax_cross_entropy);
    const expected = tf.mul(full, tf.cast(where, "float32"));
    await expect(nn.softmaxCrossEntropy(logits(), oneHot(), { where })).toBeAllClose(expected);
    await expect(
      nn.softmaxCrossEntropyWithIntegerLabels(logits(), classes(), { where: tf.cast(where, "float32") }),
    ).toBeAllClose(expected);
  });

  test("leaves elements out of vectors", async () => {
    const where = tf.tensor2d([1, 1, 0, 0], [1, 4], "bool");
    const halves = [logits(), targets()].map((x) => tf.slice(x, [0, 0], [5, 2])) as [tf.Tensor, tf.Tensor];
    await expect(nn.cosineSimilarity(logits(), targets(), { where })).toBeAllClose(
      nn.cosineSimilarity(...halves),
    );
    await expect(nn.klDivergence(logits(), nn.softmax(targets()), { where })).toBeAllClose(
      nn.klDivergence(halves[0], tf.slice(nn.softmax(targets()), [0, 0], [5, 2])),
      { rtol: 1e-5, atol: 2e-6 },
    );
  });
});

test("classes can stand on any axis or several", async () => {
  const x = wave([2, 3, 4], 2);
  const labels = tf.tensor2d([0, 2, 1, 1, 2, 0, 0, 1], [2, 4], "int32");
  const moved = nn.softmaxCrossEntropyWithIntegerLabels(tf.transpose(x, [0, 2, 1]), labels);
  await expect(nn.softmaxCrossEntropyWithIntegerLabels(x, labels, { axis: 1 })).toBeAllClose(moved);
  const oneHots = tf.transpose(nn.oneHot(labels, 3), [0, 2, 1]);
  await expect(nn.softmaxCrossEntropy(x, oneHots, { axis: 1 })).toBeAllClose(moved);

  const flat = tf.tensor1d([5, 11], "int32");
  const rows = nn.softmaxCrossEntropyWithIntegerLabels(tf.reshape(x, [2, 12]), flat);
  await expect(nn.softmaxCrossEntropyWithIntegerLabels(x, flat, { axis: [1, 2] })).toBeAllClose(rows);
  const cubes = tf.reshape(nn.oneHot(flat, 12), [2, 3, 4]);
  await expect(nn.softmaxCrossEntropy(x, cubes, { axis: [1, 2] })).toBeAllClose(rows);
  const everything = nn.softmaxCrossEntropy(x, tf.div(tf.onesLike(x), 24), { axis: null });
  await expect(everything).toBeAllClose(tf.sub(tf.logSumExp(x), tf.mean(x)));
});

test("labels out of range do as in Optax: negative ones count from the end, others give NaN", async () => {
  const x = wave([4, 3]);
  const loss = nn.softmaxCrossEntropyWithIntegerLabels(x, tf.tensor1d([-1, -4, 3, 2], "int32"));
  const expected = nn.softmaxCrossEntropyWithIntegerLabels(x, tf.tensor1d([2, 0, 0, 2], "int32"));
  const [first, , , last] = await expected.data();
  await expect(loss).toBeAllClose([first!, NaN, NaN, last!]);
});

describe("extremes", () => {
  test("large logits neither overflow nor lose their loss", async () => {
    const x = tf.tensor2d([1e4, 0, -1e4, -1e4, 0, 1e4], [2, 3]);
    const labels = tf.tensor1d([2, 2], "int32");
    await expect(nn.softmaxCrossEntropyWithIntegerLabels(x, labels)).toBeAllClose([2e4, 0]);
    await expect(nn.softmaxCrossEntropy(x, nn.oneHot(labels, 3))).toBeAllClose([2e4, 0]);
    const [z, y] = [tf.tensor1d([1e4, -1e4, 1e4, -1e4, 20, 0]), tf.tensor1d([1, 0, 0, 1, 1, 1])];
    const expected = [0, 0, 1e4, 1e4, Math.log1p(Math.exp(-20)), Math.LN2];
    // wasm and the GPUs compute log1p(x) as log(1 + x): of 2e-9 nothing is left.
    await expect(nn.sigmoidBinaryCrossEntropy(z, y)).toBeAllClose(expected, { atol: 1e-8 });
    const focal = expected.map((loss, i) => loss * [0, 0, 1, 1, Math.exp(-40), 0.25][i]!);
    await expect(nn.sigmoidFocalLoss(z, y)).toBeAllClose(focal, { atol: 1e-8 });
    await expect(nn.logCosh(tf.tensor1d([1e4, -1e4, 0]))).toBeAllClose([1e4 - Math.LN2, 1e4 - Math.LN2, 0]);
  });

  test("gradients stay finite, and are those of the limits", async () => {
    const [z, y] = [tf.tensor1d([1e4, -1e4, 1e4, -1e4, 0]), tf.tensor1d([1, 0, 0, 1, 1])];
    const gradient = (loss: typeof nn.sigmoidFocalLoss) => tf.grad((x) => tf.sum(loss(x, y)))(z);
    await expect(gradient(nn.sigmoidBinaryCrossEntropy)).toBeAllClose([0, 0, 1, -1, -0.5]);
    // (1 - p)² (log(p) 2 p - (1 - p)) at p = 1/2.
    await expect(gradient(nn.sigmoidFocalLoss)).toBeAllClose([0, 0, 1, -1, 0.25 * (-Math.LN2 - 0.5)]);
  });

  test("a class that cannot be, with a logit of -Infinity, does no harm", async () => {
    const x = tf.tensor2d([-Infinity, 1, 2], [1, 3]);
    const expected = [Math.log1p(Math.exp(-1))];
    const labels = tf.tensor1d([2], "int32");
    await expect(nn.softmaxCrossEntropyWithIntegerLabels(x, labels)).toBeAllClose(expected);
    await expect(nn.safeSoftmaxCrossEntropy(x, nn.oneHot(labels, 3))).toBeAllClose(expected);
    const p = 1 / (1 + Math.E);
    for (const loss of [
      (z: tf.Tensor) => nn.softmaxCrossEntropyWithIntegerLabels(z, labels),
      (z: tf.Tensor) => nn.safeSoftmaxCrossEntropy(z, nn.oneHot(labels, 3)),
    ]) {
      await expect(tf.grad((z) => tf.sum(loss(z)))(x)).toBeAllClose([0, p, -p]);
    }
  });

  test("targets of 0 add nothing to a divergence", async () => {
    const log = nn.logSoftmax(wave([1, 3]));
    const expected = tf.sub(0, tf.slice(log, [0, 1], [1, 1]));
    await expect(nn.klDivergence(log, tf.tensor2d([[0, 1, 0]]))).toBeAllClose(tf.reshape(expected, [1]));
  });
});

describe("gradients agree with finite differences", () => {
  const y = () => nn.softmax(targets());
  const mask = () => tf.greater(wave([5, 4], 1, 3), -0.5);
  test.each<[string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor]>([
    ["softmaxCrossEntropy", nn.softmaxCrossEntropy],
    ["softmaxCrossEntropy, masked", (x, p) => nn.softmaxCrossEntropy(x, p, { where: mask() })],
    ["softmaxCrossEntropy, all axes", (x, p) => nn.softmaxCrossEntropy(x, p, { axis: null })],
    ["safeSoftmaxCrossEntropy", nn.safeSoftmaxCrossEntropy],
    [
      "softmaxCrossEntropyWithIntegerLabels",
      (x) => nn.softmaxCrossEntropyWithIntegerLabels(x, classes(), { where: mask() }),
    ],
    ["polyLossCrossEntropy", (x, p) => nn.polyLossCrossEntropy(x, p, { where: mask() })],
    ["multiclassHingeLoss", (x) => nn.multiclassHingeLoss(x, classes())],
    ["sigmoidBinaryCrossEntropy", nn.sigmoidBinaryCrossEntropy],
    ["sigmoidFocalLoss", (x, p) => nn.sigmoidFocalLoss(x, p, { alpha: 0.3, gamma: 1.5 })],
    ["huberLoss", (x, p) => nn.huberLoss(x, tf.mul(p, 0.5), { delta: 3 })],
    ["squaredError", nn.squaredError],
    ["l2Loss", nn.l2Loss],
    ["logCosh", nn.logCosh],
    ["cosineSimilarity", (x, p) => nn.cosineSimilarity(x, p, { where: mask() })],
    ["cosineDistance", (x, p) => nn.cosineDistance(x, p, { epsilon: 1e-8, axis: 0 })],
    ["klDivergence", (x, p) => nn.klDivergence(nn.logSoftmax(x), p, { where: mask() })],
    ["klDivergenceWithLogTargets", (x, p) => nn.klDivergenceWithLogTargets(nn.logSoftmax(x), tf.log(p))],
  ])("%s", async (_, loss) => {
    const inputs = [logits(), y()];
    const scalar = (...xs: tf.Tensor[]) => {
      const each = loss(xs[0]!, xs[1]!);
      return tf.sum(tf.mul(each, wave(each.shape, 1, 1.1)));
    };
    const directions = [wave([5, 4], 0.3, 2), wave([5, 4], 0.01, 4)];
    const gradients = nn.grad(scalar, { argnums: [0, 1] })(...inputs);
    const along = tf.addN(gradients.map((gradient, i) => tf.sum(tf.mul(gradient, directions[i]!))));
    const expected = await finiteDifference(scalar, inputs, directions);
    // Of float32 differences some 1e-5 of the value is left, divided by the step.
    await expect(along).toBeAllClose([expected], { rtol: 1e-3, atol: 1e-3 });
  });
});

test("second-order gradients are right, also at 0", async () => {
  const x = () => tf.tensor1d([0, 1, -2]);
  const second = (f: (x: tf.Tensor) => tf.Tensor) =>
    tf.grad((z) => tf.sum(tf.grad((w) => tf.sum(f(w)))(z)))(x());
  const p = nn.sigmoid(x());
  const curvature = tf.mul(p, tf.sub(1, p));
  await expect(second(nn.softplus)).toBeAllClose(curvature);
  await expect(second((z) => nn.sigmoidBinaryCrossEntropy(z, tf.ones([3])))).toBeAllClose(curvature);
  await expect(second((z) => nn.logCosh(z))).toBeAllClose(tf.sub(1, tf.square(tf.tanh(x()))));
});

describe("what weighs nothing adds nothing, in values and gradients", () => {
  const logits = () => tf.tensor1d([0.5, 1, 2, -Infinity]);
  const targets = () => tf.tensor1d([0, 0.4, 0.6, 0]);
  // The softmax of 0.5, 1, 2, in doubles.
  const powers = [0.5, 1, 2].map(Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  const soft = [...powers.map((power) => power / sum), 0];
  const crossEntropy = -0.4 * Math.log(soft[1]!) - 0.6 * Math.log(soft[2]!);
  const divergence = crossEntropy + 0.4 * Math.log(0.4) + 0.6 * Math.log(0.6);
  const atLogits = [soft[0]!, soft[1]! - 0.4, soft[2]! - 0.6, 0];

  test.each<[string, (x: tf.Tensor, t: tf.Tensor) => tf.Tensor, number, number[]]>([
    ["klDivergence", (x, t) => nn.klDivergence(nn.logSoftmax(x), t), divergence, atLogits],
    [
      "klDivergenceWithLogTargets",
      (x, t) => nn.klDivergenceWithLogTargets(nn.logSoftmax(x), tf.log(t)),
      divergence,
      atLogits,
    ],
    ["softmaxCrossEntropy", (x, t) => nn.softmaxCrossEntropy(x, t), crossEntropy, atLogits],
    ["safeSoftmaxCrossEntropy", (x, t) => nn.safeSoftmaxCrossEntropy(x, t), crossEntropy, atLogits],
    ["polyLossCrossEntropy", (x, t) => nn.polyLossCrossEntropy(x, t, { epsilon: 0 }), crossEntropy, atLogits],
  ])("%s of a class that cannot be", async (_, loss, expected, gradient) => {
    expect(divergence).toBeCloseTo(0.19136, 5);
    await expect(loss(logits(), targets())).toBeAllClose([expected]);
    await expect(tf.grad((x) => loss(x, targets()))(logits())).toBeAllClose(gradient);
  });

  test("the targets may be those of a teacher that learns too", async () => {
    for (const loss of [nn.klDivergence, nn.softmaxCrossEntropy, nn.safeSoftmaxCrossEntropy]) {
      const gradient = await tf
        .grad((t) => loss(nn.logSoftmax(logits()), t))(targets())
        .data();
      expect(gradient.every((g) => Number.isFinite(g))).toBe(true);
    }
    const [t, log] = [
      tf.tensor1d([0.4, 0.6]),
      tf.tensor1d([-Infinity, Math.log(0.4), Math.log(0.6), -Infinity]),
    ];
    const logLoss = (logTargets: tf.Tensor) =>
      nn.klDivergenceWithLogTargets(nn.logSoftmax(logits()), logTargets);
    const inner = tf.sub(tf.add(tf.log(t), 1), tf.slice(nn.logSoftmax(logits()), 1, 2));
    await expect(tf.grad(logLoss)(log)).toBeAllClose(tf.pad(tf.mul(t, inner), [[1, 1]]));
  });

  test("multiclassHingeLoss of a class that cannot be", async () => {
    const labels = tf.tensor1d([1], "int32");
    const scores = tf.tensor2d([[2, 1, -Infinity]]);
    await expect(nn.multiclassHingeLoss(scores, labels)).toBeAllClose([2]);
    const gradient = tf.grad((x) => tf.sum(nn.multiclassHingeLoss(x, labels)))(scores);
    await expect(gradient).toBeAllClose([1, -1, 0]);
  });

  test("what a mask leaves out may be anything", async () => {
    const where = tf.tensor1d([0, 1, 1, 0], "bool");
    const wild = tf.tensor1d([NaN, 1, 2, -Infinity]);
    const labels = tf.tensor1d([NaN, 0.4, 0.6, 1]);
    const [x, t] = [tf.tensor1d([1, 2]), tf.tensor1d([0.4, 0.6])];
    for (const loss of [nn.softmaxCrossEntropy, nn.polyLossCrossEntropy, nn.klDivergence]) {
      await expect(loss(wild, labels, { where })).toBeAllClose(loss(x, t));
      const [dx, dt] = tf.grads((a, b) => loss(a, b, { where }))([wild, labels]);
      const [ex, et] = tf.grads((a, b) => loss(a, b))([x, t]);
      await expect(dx!).toBeAllClose(tf.pad(ex!, [[1, 1]]));
      await expect(dt!).toBeAllClose(tf.pad(et!, [[1, 1]]));
    }
  });

  test("infinite logits of yes-or-no labels that agree cost nothing", async () => {
    const [x, t] = [tf.tensor1d([Infinity, -Infinity, 3]), tf.tensor1d([1, 0, 0])];
    const last = Math.log1p(Math.exp(3));
    await expect(nn.sigmoidBinaryCrossEntropy(x, t)).toBeAllClose([0, 0, last]);
    const gradient = tf.grad((z) => tf.sum(nn.sigmoidBinaryCrossEntropy(z, t)))(x);
    await expect(gradient).toBeAllClose([0, 0, 1 / (1 + Math.exp(-3))]);
    await expect(nn.sigmoidBinaryCrossEntropy(x, tf.tensor1d([0, 1, 1]))).toBeAllClose([
      Infinity,
      Infinity,
      Math.log1p(Math.exp(-3)),
    ]);
  });

  test("infinite logits in the focal loss", async () => {
    const [x, t] = [tf.tensor1d([Infinity, -Infinity, 3]), tf.tensor1d([1, 0, 0])];
    const [p, last] = [1 / (1 + Math.exp(-3)), Math.log1p(Math.exp(3))];
    await expect(nn.sigmoidFocalLoss(x, t)).toBeAllClose([0, 0, last * p ** 2]);
    const gradient = tf.grad((z) => tf.sum(nn.sigmoidFocalLoss(z, t)))(x);
    await expect(gradient).toBeAllClose([0, 0, p ** 3 + 2 * last * p ** 2 * (1 - p)]);
    const wrong = nn.sigmoidFocalLoss(x, tf.tensor1d([0, 1, 0]));
    await expect(wrong).toBeAllClose([Infinity, Infinity, last * p ** 2]);
    const soft = nn.sigmoidFocalLoss(x, tf.tensor1d([0.5, 0.5, 0]));
    await expect(soft).toBeAllClose([Infinity, Infinity, last * p ** 2]);
  });
});

test("a step with integer labels leaves nothing behind", async () => {
  const [x, labels] = [logits(), classes()];
  await expectNoLeak(() => {
    tf.tidy(() => {
      tf.grad((z) => tf.mean(nn.softmaxCrossEntropyWithIntegerLabels(z, labels)))(x);
    });
  });
});
