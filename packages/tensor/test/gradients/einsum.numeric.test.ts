/** @file Gradients of Einsum. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, inject, test } from "vitest";
import { expectGradients } from "./check.ts";

const hasKernel = inject("backend") !== "wasm";
if (!hasKernel) console.warn("SKIPPED: einsum gradients, since TensorFlow.js has no Einsum kernel for wasm");

const EQUATIONS: [string, ...number[][]][] = [
  ["ij,jk->ik", [2, 3], [3, 2]],
  ["bij,bkj->bik", [2, 2, 2], [2, 1, 2]],
  ["ij,j->i", [2, 3], [3]],
  ["i,j->ij", [2], [3]],
  ["i,i->", [3], [3]],
  ["ij->ji", [2, 3]],
  ["ij->i", [2, 3]],
  ["ijk->", [2, 1, 2]],
];

describe.runIf(hasKernel)("the gradients of both orders match finite differences", () => {
  test.each(EQUATIONS)("%s", async (equation, ...shapes) => {
    await expectGradients({
      f: (...operands) => tf.einsum(equation, ...operands),
      at: () => shapes.map((shape, i) => wave(shape, 1, i)),
    });
  });
});
