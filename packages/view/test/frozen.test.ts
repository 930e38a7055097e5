/** @file Views of a model of which a part is frozen. */
import { BatchNorm, Linear, PathContains, Rngs, select, Sequential } from "@nnx-js/nn";
import { recursiveMap, view, withAttributes } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

function makeModel() {
  const rngs = new Rngs(0);
  const block = () => new Sequential(new Linear(2, 2, { rngs }), new BatchNorm(2, { rngs }));
  return { backbone: block(), head: block() };
}
const x = () =>
  tf.tensor2d([
    [1, 2],
    [3, -4],
  ]);
const meanOf = async (norm: BatchNorm) => [...(await norm.mean.value.data())];

test("its BatchNorm stands in evaluation through views that are made later, and earlier", async () => {
  const model = makeModel();
  const earlier = view(model, { useRunningAverage: false });
  select(model).where(PathContains("backbone")).freeze();
  const later = view(model, { useRunningAverage: false });
  const set = withAttributes(model, { useRunningAverage: false });
  const mapped = recursiveMap((_path, node) => node, later);
  for (const { backbone, head } of [earlier, later, set, mapped]) {
    const norm = backbone.layers[1];
    await expect(norm.forward(x())).toBeAllClose(norm.forward(x(), { useRunningAverage: true }));
    expect(await meanOf(norm)).toEqual([0, 0]);
    head.forward(x());
  }
  expect(await meanOf(model.head.layers[1])).not.toEqual([0, 0]);
});

test("unfreezing one view unfreezes all", async () => {
  const model = makeModel();
  const trainModel = view(model, { useRunningAverage: false });
  select(trainModel).where(true).freeze();
  expect(model.backbone.layers[0].kernel.isFrozen).toBe(true);
  select(model).where(true).unfreeze();
  trainModel.backbone.forward(x());
  expect(await meanOf(model.backbone.layers[1])).not.toEqual([0, 0]);
});
