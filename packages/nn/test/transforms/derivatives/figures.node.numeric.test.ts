/** @file Derivatives are those of JAX and Flax: figures of `scripts/reference/derivatives.py`. */
import {
  avgPool,
  checkpointPolicies,
  customJvp,
  customVjp,
  DiffState,
  gelu,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  logSoftmax,
  maxPool,
  Param,
  remat,
  Rngs,
  scan,
  State,
  state,
  valueAndGrad,
  vjp,
  vmap,
} from "@nnx-js/nn";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import figures from "../../golden/derivatives.json" with { type: "json" };
import { Block } from "../models.ts";
import { det, expectState, loss, restored } from "./models.ts";

const FUNCTIONS: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  softmax: (x) => tf.softmax(tf.mul(x, 2)),
  log_softmax: (x) => logSoftmax(x),
  gelu: (x) => gelu(x),
  norm: (x) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
  },
  outer: (x) => tf.outerProduct(tf.tanh(x) as tf.Tensor1D, tf.exp<tf.Tensor1D>(tf.mul(x, 0.3))),
  cumulative: (x) => tf.add(tf.cumprod(tf.add(x, 2)), tf.cumsum(tf.mul(x, x))),
  largest: (x) => tf.topk(tf.mul(x, x), 3).values,
  taken: (x) => tf.gather(tf.mul(x, x), tf.tensor1d([2, 0, 2], "int32")),
  attention: (x) => tf.matMul(tf.softmax(tf.matMul(x, x, false, true)), x),
  convolution: (x) => tf.conv2d(tf.tanh(x) as tf.Tensor4D, det([3, 3, 1, 2]) as tf.Tensor4D, 1, "same"),
  pooled: (x) => {
    const options = { strides: [2, 2] };
    return tf.add(maxPool(tf.mul(x, x), [2, 2], options), avgPool(tf.tanh(x), [2, 2], options));
  },
  powers: (x) => tf.pow(tf.add(x, 2), tf.add(x, 1.5)),
  distance: (x) => {
    const [a, b] = tf.unstack(x) as [tf.Tensor, tf.Tensor];
    return tf.sqrt(tf.add(tf.sum(tf.square(tf.sub(a, b))), 1));
  },
};

/** Of the second order they add up some hundred terms, which cancel. */
const SUMS = { scaled: true };

describe("functions", () => {
  test.for(figures.functions)("$name", async (row, { skip }) => {
    // There, TensorFlow.js reads a small tensor at once on the way, which Node cannot.
    skip(row.name === "pooled" && tf.getBackend() === "webgpu");
    const f = FUNCTIONS[row.name]!;
    const [x, t, u] = [det(row.shape, 0.9, 0.2), det(row.shape, 0.7, 0.5), det(row.shape, 0.4, 1.3)];
    const scalar = (x: tf.Tensor) => loss(tf.square(f(x)));
    const [y, linear] = linearize(f, [x]);
    await expect(y).toBeAllClose(row.out);
    await expect(linear(t)).toBeAllClose(row.tangent);
    await expect(jacrev(f)(x)).toBeAllClose(row.jacobian);
    await expect(jacfwd(f)(x)).toBeAllClose(row.jacobian);
    await expect(hessian(scalar)(x)).toBeAllClose(row.hessian, SUMS);
    const product = (x: tf.Tensor) => hvp(scalar, [x], [t]);
    await expect(product(x)).toBeAllClose(row.hvp, SUMS);
    await expect(jvp(product, [x], [u])[1]).toBeAllClose(row.third, SUMS);
    const along = (x: tf.Tensor) => loss(jvp(f, [x], [t])[1]);
    await expect(grad(along)(x)).toBeAllClose(row.gradient_of_tangent, SUMS);
  });
});

test("custom rules, their second derivatives, in lanes and in loops", async () => {
  const softplus: (x: tf.Tensor) => tf.Tensor = customJvp(
    (x: tf.Tensor) => tf.log1p(tf.exp(x)),
    ([x], [dx]) => [softplus(x), tf.mul(tf.mul(dx, tf.sigmoid(x)), 3)],
  );
  const clip = customVjp((x: tf.Tensor, w: tf.Tensor) => tf.mul(tf.tanh(x), w), {
    forward: (x, w) => [tf.mul(tf.tanh(x), w), [tf.tanh(x), w] as const],
    backward: ([y, w], g) => [
      tf.mul(tf.mul(tf.clipByValue(g, -0.5, 0.5), w), tf.sub(1, tf.square(y))),
      tf.sum(tf.reshape(tf.mul(g, y), [-1, 3]), 0),
    ],
  });
  const golden = figures.custom;
  const [x, w, t] = [det([4, 3], 1.2, 0.1), det([3], 0.8, 0.6), det([4, 3], 0.3)];
  const f = (x: tf.Tensor) => loss(tf.square(softplus(x)));
  const g = (x: tf.Tensor, w: tf.Tensor) => loss(tf.square(clip(x, w)));
  await expect(grad(f)(x)).toBeAllClose(golden.jvp_gradient);
  await expect(hvp(f, [x], [t])).toBeAllClose(golden.jvp_hvp);
  const [dx, dw] = grad(g, { argnums: [0, 1] })(x, w);
  await expect(dx).toBeAllClose(golden.vjp_gradients[0]!);
  await expect(dw).toBeAllClose(golden.vjp_gradients[1]!);
  await expect(hvp((x: tf.Tensor) => g(x, w), [x], [t])).toBeAllClose(golden.vjp_hvp);
  await expect(grad((x: tf.Tensor) => loss(vmap((x: tf.Tensor) => clip(x, w))(x)))(x)).toBeAllClose(
    golden.vjp_vmap,
  );
  const looped = (x: tf.Tensor) => {
    const body = (c: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] => [
      tf.add(c, clip(x, c)),
      tf.sum(softplus(x)),
    ];
    const [c, ys] = scan(body, w, x);
    return tf.add(loss(c), loss(ys));
  };
  await expect(grad(looped)(x)).toBeAllClose(golden.scan);
  await expect(vjp(looped, [x])[1](tf.scalar(1))[0]).toBeAllClose(golden.scan);
});

const POLICIES = {
  nothing: checkpointPolicies.nothingSaveable,
  everything: checkpointPolicies.everythingSaveable,
  dots: checkpointPolicies.dotsWithNoBatchDimsSaveable,
} as const;

type Arrays = Record<string, GoldenArray>;
const make = (values: object) => restored(new Block(4, 0.3, { rngs: new Rngs(0) }), values as Arrays);

test.each(figures.layers.remat)("remat of statistics and dropout: $name kept", async (row) => {
  const model = make(row.before);
  const run = remat((m: Block, x: tf.Tensor) => m.forward(x), {
    policy: POLICIES[row.name as keyof typeof POLICIES],
  });
  const lossOf = (m: Block, x: tf.Tensor) => loss(m.forward(run(m, run(m, x))));
  const [value, [grads, dx]] = valueAndGrad(lossOf, { argnums: [new DiffState(0, Param), 1] })(
    model,
    det([6, 4], 1.5),
  );
  await expect(value).toBeAllClose(row.loss);
  // Before a batch norm the gradient of a bias is 0 but for rounding.
  await expectState(grads, row.grads, { scaled: true });
  await expect(dx).toBeAllClose(row.input);
  for (const [path, leaf] of state(model)) {
    const expected = fromGolden((row.after as Arrays)[path.join(".")]!);
    await expect((leaf as Param).value, path.join(".")).toBeAllClose(tf.reshape(expected, [...leaf.shape]));
  }
});

test("vjp of a Module in evaluation: gradients of its statistics, too", async () => {
  const { before, out, grads, input } = figures.layers.evaluated;
  const model = make(before);
  model.bn.useRunningAverage = true;
  model.dropout.deterministic = true;
  const [y, pullback] = vjp((m: Block, x: tf.Tensor) => m.forward(x), [model, det([6, 4], 1.5)]);
  await expect(y).toBeAllClose(out);
  const [found, dx] = pullback(det(y.shape, 1, 1.1));
  expect(found).toBeInstanceOf(State);
  await expectState(found, grads);
  await expect(dx).toBeAllClose(input);
});
