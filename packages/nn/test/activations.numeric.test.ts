import * as nn from "@nnx-js/nn";
import { fromGolden, wave } from "@nnx-js/testing";
import golden from "@nnx-js/testing/golden/activations.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const ACTIVATIONS: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  celu: nn.celu,
  elu: nn.elu,
  gelu: nn.gelu,
  gelu_exact: (x) => nn.gelu(x, { approximate: false }),
  glu: nn.glu,
  hard_sigmoid: nn.hardSigmoid,
  hard_silu: nn.hardSilu,
  hard_tanh: nn.hardTanh,
  identity: nn.identity,
  leaky_relu: nn.leakyRelu,
  log_sigmoid: nn.logSigmoid,
  log_softmax: nn.logSoftmax,
  relu: nn.relu,
  relu6: nn.relu6,
  selu: nn.selu,
  sigmoid: nn.sigmoid,
  silu: nn.silu,
  soft_sign: nn.softSign,
  softmax: nn.softmax,
  softplus: nn.softplus,
  standardize: nn.standardize,
  tanh: nn.tanh,
};

test.each(golden.cases)("$name gives JAX's values and gradients", async ({ name, out, grad }) => {
  const f = ACTIVATIONS[name];
  expect(f).toBeDefined();
  const x = fromGolden(golden.x);
  await expect(f!(x), "value").toBeAllClose(out);
  const gradient = nn.grad((input: tf.Tensor) => {
    const y = f!(input);
    return tf.sum(tf.mul(y, wave(y.shape, 1, 1.1)));
  })(x);
  await expect(gradient, "gradient").toBeAllClose(grad);
});
