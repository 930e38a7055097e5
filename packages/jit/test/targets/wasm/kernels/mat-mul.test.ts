import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe } from "vitest";
import { type Case, testCases, x, y } from "./cases.ts";

const products: Case[] = [
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
];

describe("compiled matrix products", () => {
  testCases(products);
});
