/** @file Gradients of Einsum. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectGradients } from "./check.ts";

const EQUATIONS: [string, ...number[][]][] = [
  ["ij,jk->ik", [2, 3], [3, 2]],
  ["ij,kj->ki", [2, 3], [2, 3]],
  ["bij,bkj->bik", [2, 2, 2], [2, 1, 2]],
  ["bihj,bkhj->bhik", [1, 2, 2, 2], [1, 3, 2, 2]],
  ["ij,j->i", [2, 3], [3]],
  ["i,j->ij", [2], [3]],
  ["i,i->", [3], [3]],
  ["bi,ib->bi", [2, 3], [3, 2]],
  // An operand that is summed alone, and scalars: TensorFlow.js's own kernel fails.
  ["ij,jk->k", [2, 3], [3, 2]],
  ["ij,k->k", [2, 3], [2]],
  [",ij->ji", [], [2, 2]],
  ["ij->ji", [2, 3]],
  ["ij->ij", [2, 3]],
  ["ij->i", [2, 3]],
  ["ijk->", [2, 1, 2]],
];

describe("the gradients of both orders match finite differences", () => {
  test.each(EQUATIONS)("%s", async (equation, ...shapes) => {
    await expectGradients({
      f: (...operands) => tf.einsum(equation, ...operands),
      at: () => shapes.map((shape, i) => wave(shape, 1, i)),
    });
  });
});
