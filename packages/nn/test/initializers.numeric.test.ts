import { initializers } from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import golden from "@nnx-js/testing/golden/initializers.json" with { type: "json" };
import { expect, test } from "vitest";

const INITIALIZERS: Record<string, initializers.Initializer> = {
  zeros: initializers.zerosInit(),
  ones: initializers.onesInit(),
  "constant_0.3": initializers.constant(0.3),
  "uniform_0.5": initializers.uniform(0.5),
  "normal_0.02": initializers.normal(0.02),
  "truncated_normal_0.1": initializers.truncatedNormal(0.1),
  lecun_normal: initializers.lecunNormal(),
  lecun_uniform: initializers.lecunUniform(),
  glorot_normal: initializers.glorotNormal(),
  glorot_uniform: initializers.glorotUniform(),
  he_normal: initializers.heNormal(),
  he_uniform: initializers.heUniform(),
  orthogonal: initializers.orthogonal(),
  variance_scaling_2_fan_avg_normal: initializers.varianceScaling(2, "fanAvg", "normal"),
};

test.each(golden.cases)("$name of shape $shape gives JAX's numbers", async ({ name, seed, shape, out }) => {
  const initialize = INITIALIZERS[name];
  expect(initialize).toBeDefined();
  await expect(initialize!(random.key(seed), shape)).toBeAllClose(out, { rtol: 2e-6, atol: 1e-6 });
});
