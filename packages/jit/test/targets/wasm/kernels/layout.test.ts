import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe } from "vitest";
import { type Case, testCases, x, y } from "./cases.ts";

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

describe("compiled layouts", () => {
  testCases(layouts);
});
