/** @file Compiled gradients end where those of JAX do: figures of `scripts/reference/zero_gradients.py`. */
import { jit } from "@nnx-js/jit";
import { grad, jvp } from "@nnx-js/nn";
import { fromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import figures from "../../../nn/test/golden/zero-gradients.json" with { type: "json" };
import { FUNCTIONS, X, Y } from "../../../nn/test/transforms/derivatives/zero-gradients.ts";

test.each(figures.cases)("$name", async ({ name, gradients, tangent, second }) => {
  const f = FUNCTIONS[name]!;
  const both = grad((x: tf.Tensor, y: tf.Tensor) => tf.sum(f(x, y)), { argnums: [0, 1] });
  const sums = (x: tf.Tensor, y: tf.Tensor) => tf.addN(both(x, y).map((each) => tf.sum(each)));
  using compiled = jit((x: tf.Tensor, y: tf.Tensor) => [
    ...both(x, y),
    jvp(f, [x, y], [tf.ones([5]), tf.ones([5])])[1],
    ...(second.length > 0 ? grad(sums, { argnums: [0, 1] })(x, y) : []),
  ]);
  const found = compiled(tf.tensor1d(X), tf.tensor1d(Y));
  for (const [i, array] of [...gradients, tangent, ...second].entries())
    await expect(found[i]!).toBeAllClose(fromGolden(array), { rtol: 1e-4, atol: 1e-5 });
});
