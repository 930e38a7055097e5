/** @file Gradients end where those of JAX do: figures of `scripts/reference/zero_gradients.py`. */
import { grad, jvp, vjp } from "@nnx-js/nn";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import figures from "../../golden/zero-gradients.json" with { type: "json" };
import { FUNCTIONS, NUMBERS, X, Y } from "./zero-gradients.ts";

// Where nothing is read at once, branches run as if they were compiled.
const hasNumbers = inject("backend") === "webgpu" ? [] : NUMBERS;
const at = () => [tf.tensor1d(X), tf.tensor1d(Y)] as [tf.Tensor, tf.Tensor];

describe.each(figures.cases)("$name", ({ name, gradients, tangent, second }) => {
  const f = FUNCTIONS[name]!;
  const total = (x: tf.Tensor, y: tf.Tensor) => tf.sum(f(x, y));
  const both = grad(total, { argnums: [0, 1] });
  const expectAll = async (found: readonly tf.Tensor[], expected: readonly GoldenArray[], isEager = true) => {
    for (const [i, array] of expected.entries()) {
      const numbers = { ...array, data: array.data.map((value) => value ?? 0) };
      const wanted = isEager && hasNumbers.includes(name) ? numbers : array;
      await expect(found[i]!).toBeAllClose(fromGolden(wanted), { rtol: 1e-4, atol: 1e-5 });
    }
  };

  test("gradients", async () => {
    await expectAll(both(...at()), gradients);
    const [, pullback] = vjp(total, at());
    await expectAll(pullback(tf.scalar(1)), gradients, false);
  });

  test("in a direction", async () => {
    await expectAll([jvp(f, at(), [tf.ones([5]), tf.ones([5])])[1]], [tangent]);
  });

  test.skipIf(second.length === 0)("second gradients", async () => {
    const sums = (x: tf.Tensor, y: tf.Tensor) => tf.addN(both(x, y).map((each) => tf.sum(each)));
    await expectAll(grad(sums, { argnums: [0, 1] })(...at()), second);
  });
});
