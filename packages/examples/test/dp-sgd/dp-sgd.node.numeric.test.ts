/** @file No picture moves the weights by more than the bound, and what is clipped and averaged is that, compiled too. */
import { jit } from "@nnx-js/jit";
import { grad, Param, Rngs, state } from "@nnx-js/nn";
import { Optimizer, sgd } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { crossEntropy } from "../../src/digits/loss.ts";
import { PrivateClassifier, privateStep } from "../../src/dp-sgd/train.ts";

async function norm(tensors: readonly tf.Tensor[]): Promise<number> {
  const [square] = await tf.addN(tensors.map((x) => tf.sum(tf.square(x)))).data();
  return Math.sqrt(square!);
}

test.each(["as it is", "compiled"])("a step is the mean of clipped gradients, %s", async (how) => {
  const [model, alone] = [0, 1].map(() => new PrivateClassifier({ width: 5, rngs: new Rngs(0) }));
  const images = tf.randomUniform([6, 784], 0, 1, "float32", 3);
  const labels = tf.tensor1d([1, 2, 3, 4, 5, 6], "int32");
  const clip = 2;
  const step = how === "compiled" ? jit(privateStep) : privateStep;
  step(
    model!,
    new Optimizer(model!, sgd(1), { wrt: Param }),
    new Rngs(1),
    { images, labels },
    { clip, noise: 0 },
  );
  const gradients = Array.from({ length: 6 }, (_, i) =>
    grad((m: PrivateClassifier) =>
      crossEntropy(m.forward(tf.slice(images, [i, 0], [1, -1])), tf.slice1d(labels, i, 1)),
    )(alone!),
  );
  const norms = await Promise.all(
    gradients.map((grads) => norm(grads.entries.map(([, { value }]) => value))),
  );
  const scales = norms.map((length) => Math.min(1, clip / length));
  expect(scales.some((scale) => scale < 1)).toBe(true);
  for (const [path, param] of state(alone!, Param)) {
    const parts = gradients.map((grads, i) => tf.mul(grads.leaf(...path).value, scales[i]! / 6));
    const expected = tf.sub(param.value, tf.addN(parts));
    await expect(state(model!, Param).leaf(...path).value, path.join(".")).toBeAllClose(expected, {
      atol: 1e-5,
    });
  }
});
