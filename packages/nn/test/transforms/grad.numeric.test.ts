import {
  BatchNorm,
  grad,
  Linear,
  Module,
  Param,
  relu,
  Rngs,
  Sequential,
  valueAndGrad,
  type Variable,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

/** f(x) = sum((w x)^3), with all derivatives known. */
class Cubic extends Module {
  readonly w = new Param(tf.scalar(2));
  forward(x: tf.Tensor): tf.Tensor {
    return tf.sum(tf.pow(tf.mul(this.w.value, x), tf.scalar(3)));
  }
}

const gradientOf = (leaf: unknown): tf.Tensor => (leaf as Variable).value;

test("a model's gradient has a Variable of the same class for each Param, and the value comes with it", async () => {
  const [loss, grads] = valueAndGrad((model: Cubic) => model.forward(tf.tensor1d([1, 2])))(new Cubic());
  await expect(loss).toBeAllClose([72]);
  expect([...grads].map(([path, leaf]) => [path, leaf.constructor])).toEqual([[["w"], Param]]);
  await expect(gradientOf(grads.get("w"))).toBeAllClose([108]);
});

test("second order: the gradient of a gradient, in a tensor and in a model", async () => {
  const x = tf.scalar(3);
  const first = (t: tf.Tensor) => grad((u: tf.Tensor) => tf.sum(tf.mul(u, tf.square(u))))(t);
  await expect(grad((t: tf.Tensor) => tf.sum(first(t)))(x)).toBeAllClose([18]);

  const model = new Cubic();
  const inner = (net: Cubic) => gradientOf(grad((m: Cubic) => m.forward(x))(net).get("w"));
  // d/dw (3 w² x³) = 6 w x³
  await expect(gradientOf(grad((net: Cubic) => inner(net))(model).get("w"))).toBeAllClose([324]);
  // d/dx (3 w² x³) = 9 w² x²
  const inX = grad((t: tf.Tensor) => gradientOf(grad((m: Cubic) => m.forward(t))(model).get("w")));
  await expect(inX(x)).toBeAllClose([324]);
});

test("third order", async () => {
  const f = (x: tf.Tensor) => tf.sum(tf.square(tf.square(x)));
  const third = grad((a: tf.Tensor) => grad((b: tf.Tensor) => grad(f)(b))(a));
  await expect(third(tf.scalar(2))).toBeAllClose([48]);
});

test("the same tensor given twice has two gradients, and a captured one counts as a constant", async () => {
  const x = tf.scalar(3);
  const both = grad((a: tf.Tensor, b: tf.Tensor) => tf.mul(tf.square(a), b), { argnums: [0, 1] });
  const [a, b] = both(x, x);
  await expect(a).toBeAllClose([18]);
  await expect(b).toBeAllClose([9]);
  await expect(grad((t: tf.Tensor) => tf.mul(t, x))(x)).toBeAllClose([3]);
});

test("what the loss does not reach gets zeros", async () => {
  const rngs = new Rngs(0);
  const model = new Sequential(new Linear(2, 3, { rngs }), new Linear(2, 3, { rngs }));
  const x = tf.ones([1, 2]);
  const grads = grad((net: typeof model) => tf.sum(net.layers[0].forward(x)))(model);
  expect(grads.size).toBe(4);
  await expect(gradientOf(grads.get("layers", 0, "bias"))).toBeAllClose([1, 1, 1]);
  await expect(gradientOf(grads.get("layers", 1, "kernel"))).toBeAllClose([0, 0, 0, 0, 0, 0]);
  const constant = grad((t: tf.Tensor) => tf.mul(tf.sum(tf.zerosLike(t)), 1))(x);
  await expect(constant).toBeAllClose([0, 0]);
});

test("a loss may close over other modules and random streams", async () => {
  const rngs = new Rngs(0);
  const frozen = new Linear(2, 2, { rngs });
  frozen.kernel.value = tf.tensor2d([
    [1, 2],
    [3, 4],
  ]);
  const model = new Linear(2, 2, { rngs });
  model.kernel.value = tf.ones([2, 2]);
  const noise = new Rngs(1);
  const expected = new Rngs(1).normal([1, 2]);
  const loss = (net: Linear) =>
    tf.sum(tf.mul(frozen.forward(net.forward(tf.ones([1, 2]))), noise.normal([1, 2])));
  const grads = grad(loss)(model);
  const [n0, n1] = (await expected.data()) as unknown as [number, number];
  await expect(gradientOf(grads.get("bias"))).toBeAllClose([n0 + 2 * n1, 3 * n0 + 4 * n1]);
  expect([...(await noise.stream().count.value.data())]).toEqual([1]);
});

test("writes inside stay: batch statistics move once for each call", async () => {
  const bn = new BatchNorm(2, { rngs: new Rngs(0) });
  const x = tf.tensor2d([
    [1, 2],
    [3, 6],
    [5, 10],
  ]);
  valueAndGrad((net: BatchNorm) => tf.sum(relu(net.forward(x))))(bn);
  await expect(bn.mean.value).toBeAllClose([0.03, 0.06]);
  await expect(bn.var.value).toBeAllClose([1.0166667, 1.0966667]);
});

test("a Param that the loss sets is differentiated at the value that it had before", async () => {
  const model = new Cubic();
  const grads = grad((net: Cubic) => {
    const loss = net.forward(tf.scalar(1));
    net.w.value = tf.scalar(5);
    return loss;
  })(model);
  await expect(gradientOf(grads.get("w"))).toBeAllClose([12]);
  await expect(model.w.value).toBeAllClose([5]);
});
