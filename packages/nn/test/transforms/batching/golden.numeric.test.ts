import { Param, Rngs, state, update, valueAndGrad, vmap } from "@nnx-js/nn";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import golden from "@nnx-js/testing/golden/transforms.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectLikeFlax, type LayerCase } from "../../golden.ts";
import { MLP } from "../models.ts";
import { VMAP } from "./cases.ts";

const caseOf = (name: string): unknown => golden.cases.find((item) => item.name === name);

test.each(Object.keys(VMAP))("%s", async (name) => {
  await expectLikeFlax(caseOf(name) as LayerCase, VMAP[name]!);
});

/** A model with the parameters of a case. */
function modelOf(before: Record<string, GoldenArray>): MLP {
  const model = new MLP(3, 5, 4, { rngs: new Rngs(14) });
  const params = state(model, Param);
  for (const [path, param] of params) param.value = fromGolden(before[path.join(".")]!);
  update(model, params);
  return model;
}

test("gradients per example, clipped", async () => {
  const flax = caseOf("per_example.softmax") as {
    inputs: GoldenArray[];
    state_before: Record<string, GoldenArray>;
    losses: GoldenArray;
    grads: Record<string, GoldenArray>;
    norms: GoldenArray;
    clipped_mean_grad: Record<string, GoldenArray>;
  };
  const model = modelOf(flax.state_before);
  const [x, y] = flax.inputs.map(fromGolden);
  const nll = (m: MLP, xi: tf.Tensor, yi: tf.Tensor): tf.Tensor =>
    tf.neg(tf.sum(tf.mul(tf.logSoftmax(m.forward(xi)), tf.oneHot(tf.cast(yi, "int32"), 4))));
  const [losses, grads] = vmap(valueAndGrad(nll), { inAxes: [null, 0, 0] })(model, x!, y!);
  await expect(losses).toBeAllClose(flax.losses);
  const squares = [];
  for (const [path, gradient] of grads) {
    await expect(gradient.value, path.join(".")).toBeAllClose(flax.grads[path.join(".")]!);
    squares.push(tf.sum(tf.square(tf.reshape(gradient.value, [5, -1])), 1));
  }
  const norms = tf.sqrt(tf.addN(squares));
  await expect(norms).toBeAllClose(flax.norms);
  const weights = tf.div(tf.minimum(tf.div(0.5, norms), 1), 5);
  for (const [path, gradient] of grads) {
    const clipped = tf.dot(weights, tf.reshape(gradient.value, [5, -1]));
    const expected = flax.clipped_mean_grad[path.join(".")]!;
    await expect(tf.reshape(clipped, expected.shape)).toBeAllClose(expected);
  }
});

test("tasks of three steps each", async () => {
  const flax = caseOf("maml.three_steps") as {
    inputs: GoldenArray[];
    state_before: Record<string, GoldenArray>;
    value: GoldenArray;
    grads: Record<string, GoldenArray>;
  };
  const model = modelOf(flax.state_before);
  const [x, y] = flax.inputs.map(fromGolden);
  const names = Object.keys(flax.state_before);
  type Params = Record<string, tf.Tensor>;
  const forward = (p: Params, input: tf.Tensor): tf.Tensor => {
    const hidden = tf.tanh(tf.add(tf.matMul(input, p["lin1.kernel"]!), p["lin1.bias"]!));
    return tf.add(tf.matMul(hidden, p["lin2.kernel"]!), p["lin2.bias"]!);
  };
  const loss = (p: Params, input: tf.Tensor, wanted: tf.Tensor): tf.Tensor =>
    tf.mean(tf.square(tf.sub(forward(p, input), wanted)));
  const step = (p: Params, input: tf.Tensor, wanted: tf.Tensor): Params => {
    const of = (...values: tf.Tensor[]) =>
      loss(Object.fromEntries(names.map((name, i) => [name, values[i]!])), input, wanted);
    const gradients = tf.grads(of)(names.map((name) => p[name]!));
    return Object.fromEntries(names.map((name, i) => [name, tf.sub(p[name]!, tf.mul(gradients[i]!, 0.1))]));
  };
  const task = (m: MLP, input: tf.Tensor, wanted: tf.Tensor): tf.Tensor => {
    let params: Params = Object.fromEntries(
      state(m, Param).entries.map(([path, param]) => [path.join("."), param.value]),
    );
    for (let i = 0; i < 3; i++) params = step(params, input, wanted);
    return loss(params, input, wanted);
  };
  const meta = (m: MLP) => tf.mean(vmap(task, { inAxes: [null, 0, 0] })(m, x!, y!));
  const [value, grads] = valueAndGrad(meta)(model);
  await expect(value).toBeAllClose(flax.value);
  for (const [path, gradient] of grads) {
    await expect(gradient.value, path.join(".")).toBeAllClose(flax.grads[path.join(".")]!);
  }
});
