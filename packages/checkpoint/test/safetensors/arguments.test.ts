/** @file What cannot be written as named tensors says so, and how it is written. */
import { writeSafetensors } from "@nnx-js/checkpoint";
import { InvalidArgumentError, Linear, Param, Rngs, state } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const linear = () => new Linear(2, 3, { rngs: new Rngs(0) });

test.each([
  ["a model", linear, "got a Linear.*saveModel"],
  ["its state", () => state(linear()), "got a State.*saveModel"],
  ["a Variable", () => new Param(tf.scalar(1)), "got a Param.*saveModel"],
  ["a Set", () => new Set([tf.scalar(1)]), "got a Set"],
  ["an array", () => [tf.scalar(1)], "got an array"],
  ["a tensor", () => tf.scalar(1), "got a tensor"],
  ["null", () => null, "got null"],
  [
    "a Variable with a name",
    () => ({ w: new Param(tf.scalar(1)) }),
    '"w": expected a tensor, got a Param.*saveModel',
  ],
  ["numbers with a name", () => ({ w: [1, 2] }), '"w": expected a tensor.*got an array'],
  ["nothing with a name", () => ({ w: null }), '"w": expected a tensor.*got null'],
])("%s", async (_, make, message) => {
  const written = writeSafetensors(make() as never);
  await expect(written).rejects.toThrow(new RegExp(message));
  await expect(written).rejects.toBeInstanceOf(InvalidArgumentError);
});
