import {
  cond,
  customJvp,
  customVjp,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  Linear,
  linearize,
  remat,
  Rngs,
  scan,
  vjp,
  vmap,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const tripled = customJvp(
  (x: tf.Tensor) => tf.square(x),
  ([x], [dx]) => [tf.square(x), tf.mul(tf.mul(dx, x), 3)],
);
const clipped = customVjp((x: tf.Tensor) => tf.square(x), {
  forward: (x) => [tf.square(x), x],
  backward: (x, g) => [tf.mul(tf.clipByValue(g, -0.5, 0.5), x)],
});

test("without tf.tidy, results alone are left", async () => {
  const model = new Linear(3, 2, { rngs: new Rngs(0) });
  const [x, scale] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([0.5, 2])];
  // A Variable and a tensor that are closed over.
  const f = (x: tf.Tensor) => tf.mul(tf.tanh(model.forward(x)), scale);
  const scalar = (x: tf.Tensor) => tf.sum(f(x));
  const product = (x: tf.Tensor) =>
    tf.tidy(
      () => scan((c: tf.Tensor, y: tf.Tensor) => [tf.mul(c, tf.sin(y)), null] as const, tf.scalar(1), x)[0],
    );
  const rooted = (x: tf.Tensor) => tf.tidy(() => cond(tf.greater<tf.Tensor>(x, 0), tf.sqrt, tf.neg, x));
  const runs: (() => unknown)[] = [
    () => tf.dispose(jvp(f, [x], [x])),
    () => {
      const [y, pullback] = vjp(f, [x]);
      tf.dispose([y, pullback(y)]);
      pullback.dispose();
    },
    () => {
      const [y, linear] = linearize(f, [x]);
      tf.dispose([y, linear(x)]);
      linear.dispose();
    },
    () => jacfwd(f)(x).dispose(),
    () => jacrev(f)(x).dispose(),
    () => hessian(scalar)(x).dispose(),
    () => hvp(scalar, [x], [x]).dispose(),
    () => grad((x: tf.Tensor) => tf.sum(tripled(f(x))))(x).dispose(),
    () => grad((x: tf.Tensor) => tf.sum(clipped(f(x))))(x).dispose(),
    () => grad((x: tf.Tensor) => tf.sum(remat(f)(x)))(x).dispose(),
    () => hessian(product)(x).dispose(),
    () => vmap(grad((y: tf.Tensor) => tf.mul(product(x), y)))(x).dispose(),
    () => vmap(grad(rooted))(x).dispose(),
  ];
  for (const run of runs) await expectNoLeak(run);
  expect(scale.isDisposed).toBe(false);
});

test("nothing is left, and Variables are as they were, when something throws", async () => {
  const model = new Linear(3, 2, { rngs: new Rngs(0) });
  const [x, wrong] = [tf.tensor1d([1, 2, 3]), tf.scalar(1)];
  const failing = (m: Linear, x: tf.Tensor): tf.Tensor => {
    m.kernel.value = tf.mul(m.kernel.value, 2);
    const y = m.forward(x);
    if (y.rank < 9) throw new Error("mine");
    return y;
  };
  const before = [...model.kernel.value.dataSync()];
  await expectNoLeak(() => {
    expect(() => vjp(failing, [model, x])).toThrow("mine");
    expect(() => jvp(failing, [model, x], [undefined, x])).toThrow("mine");
    expect(() => grad((m: Linear) => tf.sum(remat(failing)(m, x)))(model)).toThrow("mine");
    // Where nothing differentiates, too.
    expect(() => tf.tidy(() => remat(failing)(model, x))).toThrow("mine");
    expect(() => jvp((x: tf.Tensor) => tf.square(x), [x], [wrong])).toThrow(
      "jvp: tangents at 0: expected float32 [3], found float32 [].",
    );
  });
  expect([...model.kernel.value.dataSync()]).toEqual(before);
});

test("nothing is left when a rule throws in the gradient of a recorded loop or branch", async () => {
  const mine = () => {
    throw new Error("mine");
  };
  const failing = customVjp((x: tf.Tensor) => tf.sin(x), {
    forward: (x) => [tf.sin(x), x],
    backward: mine,
  });
  const x = tf.tensor1d([1, 2, 3]);
  const turn = (c: tf.Tensor, y: tf.Tensor) => [failing(tf.add(c, y)), null] as const;
  const loop = (x: tf.Tensor) => scan(turn, tf.scalar(0) as tf.Tensor, x)[0];
  const branch = (x: tf.Tensor) => cond(tf.less(tf.sum(x), 9), failing, (y: tf.Tensor) => tf.neg(y), x);
  for (const f of [loop, branch]) {
    const gradient = grad((x: tf.Tensor) => tf.sum(f(x)));
    await expectNoLeak(() => expect(() => tf.tidy(() => vjp(gradient, [x])[0])).toThrow("mine"));
  }
});
