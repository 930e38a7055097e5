import { jit } from "@nnx-js/jit";
import { customVjp, grad, scan } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { det } from "../../../nn/test/transforms/derivatives/models.ts";
import { derivativesOf, expectDerivatives, RULES_INSIDE } from "../../../nn/test/transforms/derivatives/rules-inside.ts"; // prettier-ignore

// There, tanh is rounded more than these figures allow.
describe.skipIf(inject("backend") === "webgpu").each(["wasm", "kernels"] as const)(
  "the target %s",
  (target) => {
    test.each(RULES_INSIDE)("a rule is for the innermost gradient: $name", async (item) => {
      using compiled = jit((x: tf.Tensor) => derivativesOf(item, x), { target, name: item.name });
      await expectDerivatives(item, compiled(det([4, 3], 0.9, 0.3)));
    });
  },
);

test("a rule within a loop that closes over a tensor is an error that says what to do", () => {
  const scale = tf.tensor1d([1, 2, 3]);
  const scaled = customVjp((x: tf.Tensor) => tf.mul(x, scale), {
    forward: (x) => [tf.mul(x, scale), undefined],
    backward: (_, g) => [tf.mul(g, scale)],
  });
  const loss = (x: tf.Tensor) =>
    tf.sum(scan((c: tf.Tensor, x: tf.Tensor) => [scaled(tf.add(c, x)), null] as const, tf.zeros([3]), x)[0]);
  using compiled = jit((x: tf.Tensor) => grad(loss)(x), { name: "closing" });
  expect(() => compiled(tf.ones([2, 3]))).toThrow(
    /closing over a tensor or a Variable.*Pass it to the function/,
  );
});
