import {
  GroupNorm,
  type GroupNormOptions,
  InstanceNorm,
  type InstanceNormOptions,
  InvalidArgumentError,
  LayerNorm,
  Rngs,
  ShapeMismatchError,
} from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const R = () => ({ rngs: new Rngs(0) });
const groupNorm = (features: number, options: Partial<GroupNormOptions> = {}) =>
  new GroupNorm(features, { ...R(), ...options });
const instanceNorm = (features: number, options: Partial<InstanceNormOptions> = {}) =>
  new InstanceNorm(features, { ...R(), ...options });

/** Gives both layers the same scales and biases, which are all different. */
function alike<A extends GroupNorm | InstanceNorm | LayerNorm>(layer: A): A {
  layer.scale!.value = wave([layer.numFeatures], 1, 0.3);
  layer.bias!.value = wave([layer.numFeatures], 1, 0.6);
  return layer;
}

describe("GroupNorm", () => {
  test("one group is LayerNorm over all axes but the first", async () => {
    const x = wave([2, 3, 4, 6], 2);
    const layer = alike(new LayerNorm(6, { ...R(), reductionAxes: [1, 2, 3] }));
    await expect(alike(groupNorm(6, { numGroups: 1 })).forward(x)).toBeAllClose(layer.forward(x));
  });

  test("groups of one feature are InstanceNorm", async () => {
    const x = wave([2, 3, 4], 2);
    const expected = alike(instanceNorm(4)).forward(x);
    await expect(alike(groupNorm(4, { groupSize: 1 })).forward(x)).toBeAllClose(expected);
  });

  test("neighbouring features form a group", async () => {
    const layer = groupNorm(4, { groupSize: 2, epsilon: 0 });
    expect([layer.numGroups, layer.groupSize]).toEqual([2, 2]);
    await expect(layer.forward(tf.tensor2d([[1, 3, 40, 20]]))).toBeAllClose([-1, 1, 1, -1]);
  });

  test("statistics can be taken over the features of a group alone", async () => {
    const layer = groupNorm(4, { numGroups: 2, reductionAxes: -1, epsilon: 0 });
    const x = tf.tensor3d([
      [
        [1, 3, 6, 2],
        [5, 9, 8, 0],
      ],
    ]);
    await expect(layer.forward(x)).toBeAllClose([-1, 1, 1, -1, -1, 1, 1, -1]);
  });

  test("only what the mask lets in enters the statistics, one for all features or one for each", async () => {
    const layer = groupNorm(2, { numGroups: 1, epsilon: 0 });
    const x = tf.tensor3d([
      [
        [1, 3],
        [NaN, NaN],
      ],
    ]);
    const first = tf.slice(
      layer.forward(x, { mask: tf.tensor3d([1, 0], [1, 2, 1], "bool") }),
      [0, 0, 0],
      [1, 1, 2],
    );
    await expect(first).toBeAllClose([-1, 1]);
    const each = layer.forward(x, { mask: tf.tensor3d([1, 1, 0, 0], [1, 2, 2], "bool") });
    await expect(tf.slice(each, [0, 0, 0], [1, 1, 2])).toBeAllClose([-1, 1]);
  });

  test("groups must divide the features, and be given one way", () => {
    expect(() => groupNorm(4)).toThrow(InvalidArgumentError);
    expect(() => groupNorm(4)).toThrow(
      "GroupNorm: Number of groups (32) does not divide the number of channels (4).",
    );
    expect(groupNorm(64).groupSize).toBe(2);
    expect(() => groupNorm(4, { numGroups: 0 })).toThrow(/Number of groups \(0\)/);
    expect(() => groupNorm(4, { groupSize: 3 })).toThrow(
      "Number of features (4) is not a multiple of the group size (3).",
    );
    for (const options of [{ numGroups: 2, groupSize: 2 }, { numGroups: null }]) {
      expect(() => groupNorm(4, options)).toThrow(/either numGroups or groupSize should be specified/);
    }
    expect(groupNorm(4, { numGroups: null, groupSize: 2 }).numGroups).toBe(2);
  });

  test("bad input is an error", () => {
    const layer = groupNorm(4, { numGroups: 2 });
    expect(() => layer.forward(tf.ones([2, 6]))).toThrow(ShapeMismatchError);
    const strange = groupNorm(4, { numGroups: 2, reductionAxes: 1 });
    expect(() => strange.forward(tf.ones([2, 3, 4]))).toThrow(
      /expected the last axis.*among reductionAxes \[1\]/,
    );
  });
});

describe("InstanceNorm", () => {
  test("normalises each feature of each image", async () => {
    const x = tf.tensor3d([
      [
        [1, 10],
        [3, 30],
      ],
      [
        [8, 5],
        [4, 7],
      ],
    ]);
    await expect(instanceNorm(2, { epsilon: 0 }).forward(x)).toBeAllClose([-1, -1, 1, 1, 1, -1, -1, 1]);
  });

  test("features may be on other axes, but not on that of the batch", async () => {
    const [x, layer] = [wave([2, 3, 4], 2), alike(instanceNorm(3, { featureAxes: 1 }))];
    const expected = tf.transpose(alike(instanceNorm(3)).forward(tf.transpose(x, [0, 2, 1])), [0, 2, 1]);
    await expect(layer.forward(x)).toBeAllClose(expected);
    expect(() => instanceNorm(2, { featureAxes: 0 }).forward(x)).toThrow(
      /The channel axes cannot include the leading dimension/,
    );
    expect(() => instanceNorm(2).forward(tf.ones([2]))).toThrow(ShapeMismatchError);
  });
});
