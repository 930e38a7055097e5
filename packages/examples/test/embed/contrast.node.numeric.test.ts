/** @file The contrastive loss is what its definition says. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { contrastiveLoss } from "../../src/embed/contrast.ts";

test("it is the mean over vectors of how unlikely those of the same label are the nearest", async () => {
  const angles = [0, 0.4, 1.1, 2, 2.2, 3];
  const labels = [0, 1, 0, 1, 1, 0];
  const vectors = angles.map((angle) => [Math.cos(angle), Math.sin(angle)]);
  const losses = angles.map((angle, i) => {
    const others = angles.map((_, j) => j).filter((j) => j !== i);
    const score = (j: number) => Math.exp(Math.cos(angle - angles[j]!) / 0.1);
    const total = others.reduce((sum, j) => sum + score(j), 0);
    const same = others.filter((j) => labels[j] === labels[i]);
    return -same.reduce((sum, j) => sum + Math.log(score(j) / total), 0) / same.length;
  });
  const expected = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const loss = contrastiveLoss(tf.tensor2d(vectors), tf.tensor1d(labels, "int32"));
  await expect(loss).toBeAllClose(tf.scalar(expected), { rtol: 1e-5, atol: 0 });
});
