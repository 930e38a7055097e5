/** @file What is said of functions and directions that do not fit; `error.*` of transforms.json say what Flax says. */
import { customVjp, grad, hvp, jacfwd, jvp, Linear, Rngs, UnsupportedDerivativeError, vjp } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const model = () => new Linear(3, 2, { rngs: new Rngs(0) });
const forward = (m: Linear, x: tf.Tensor) => m.forward(x);

test("error.grad.not_scalar: the shape, and what to do", () => {
  expect(() => grad(forward)(model(), tf.ones([5, 3]))).toThrow(
    "Gradient only defined for scalar-output functions. Output had shape: [5, 2]. Reduce it first: tf.mean(loss) or tf.sum(loss).",
  );
  expect(() => hvp((x: tf.Tensor) => tf.square(x), [tf.ones([2])], [tf.ones([2])])).toThrow(
    "hvp: expected a float32 scalar, found float32 [2]. Reduce it first: tf.sum(y).",
  );
});

test("error.vjp.graph_updates_default: Flax has to be told that nothing is written; here writes are kept", () => {
  const [y] = vjp(forward, [model(), tf.ones([5, 3])]);
  expect(y.shape).toEqual([5, 2]);
});

test("directions and gradients that do not fit", () => {
  const [m, x] = [model(), tf.ones([1, 3])];
  expect(() => jvp(forward, [m, x], [undefined, tf.ones([3])])).toThrow(
    "jvp: tangents at 1: expected float32 [1, 3], found float32 [3].",
  );
  expect(() => jvp(forward, [m, x], [new Linear(3, 4, { rngs: new Rngs(0) }), undefined])).toThrow(
    "jvp: tangents at 0.bias: expected float32 [2], found float32 [4].",
  );
  const [, pullback] = vjp(forward, [m, x]);
  expect(() => pullback(tf.ones([2]))).toThrow("vjp: gradient: expected float32 [1, 2], found float32 [2].");
  expect(() => vjp((a: Linear, b: Linear) => a.forward(b.forward(x)), [m, m])).toThrow(
    "expected each Variable in one argument, found the one at bias in two",
  );
  expect(() => jacfwd(forward, { argnums: 2 as 1 })(m, x)).toThrow(
    "jacfwd: expected argnums of 2 arguments, found 2.",
  );
});

test("what has no derivative", () => {
  const clipped = customVjp((x: tf.Tensor) => tf.square(x), {
    forward: (x) => [tf.square(x), x],
    backward: (x, g) => [tf.mul(x, g)],
  });
  expect(() => jvp(clipped, [tf.ones([2])], [tf.ones([2])])).toThrow(UnsupportedDerivativeError);
  expect(() => jvp(clipped, [tf.ones([2])], [tf.ones([2])])).toThrow(
    "customJvp, which serves reverse mode as well",
  );
  const crop = (x: tf.Tensor) =>
    tf.image.cropAndResize(x as tf.Tensor4D, tf.tensor2d([[0, 0, 1, 1]]), tf.tensor1d([0], "int32"), [2, 2]);
  expect(() => jvp(crop, [tf.ones([1, 4, 4, 1])], [tf.ones([1, 4, 4, 1])])).toThrow(
    /expected operations with a derivative, found CropAndResize at .*errors\.test\.ts.* Give it a gradient: tf\.registerGradient/,
  );
});
