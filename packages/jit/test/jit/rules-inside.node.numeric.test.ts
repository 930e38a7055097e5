import { jit } from "@nnx-js/jit";
import { customVjp, grad, Linear, Rngs, scan } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { CLOSURES } from "../../../nn/test/transforms/derivatives/closures.ts";
import { det } from "../../../nn/test/transforms/derivatives/models.ts";
import { derivativesOf, expectDerivatives, RULES_INSIDE } from "../../../nn/test/transforms/derivatives/rules-inside.ts"; // prettier-ignore

// There, tanh is rounded more than these figures allow.
describe.skipIf(inject("backend") === "webgpu").each(["wasm", "kernels"] as const)(
  "the target %s",
  (target) => {
    test.each([...RULES_INSIDE, ...CLOSURES])("a rule is for the innermost gradient: $name", async (item) => {
      using compiled = jit((x: tf.Tensor) => derivativesOf(item, x), { target, name: item.name });
      await expectDerivatives(item, compiled(det([4, 3], 0.9, 0.3)));
    });
  },
);

test("a rule that closes over a Module, in loops and around them", async () => {
  const layer = new Linear(3, 3, { rngs: new Rngs(0) });
  const doubled = customVjp((x: tf.Tensor) => layer.forward(x), {
    forward: (x) => [layer.forward(x), undefined],
    backward: (_, g) => [tf.mul(2, tf.matMul(g, layer.kernel.value, false, true))],
  });
  const loss = (x: tf.Tensor) =>
    tf.sum(
      tf.square(
        scan((c: tf.Tensor, x: tf.Tensor) => [doubled(tf.add(c, x)), null] as const, tf.zeros([2, 3]), x)[0],
      ),
    );
  const derivatives = (x: tf.Tensor) => {
    const first = grad(loss);
    const second = grad((x: tf.Tensor) => tf.sum(tf.square(first(x))));
    const ofLayer = grad((layer: Linear) => tf.add(loss(x), tf.sum(layer.kernel.value)))(layer);
    return [first(x), second(x), ofLayer.leaf("kernel").value] as const;
  };
  using compiled = jit(derivatives, { name: "closing" });
  const x = det([2, 2, 3], 0.5);
  const found = compiled(x);
  for (const [i, expected] of derivatives(x).entries())
    await expect(found[i]!).toBeAllClose(expected, { rtol: 1e-4 });
  // What a rule closes over gets no gradient.
  await expect(found[2]).toBeAllClose(tf.ones([3, 3]));
});
