import { hvp, jacfwd, jacrev, jvp, linearize, hessian, state, vjp } from "@nnx-js/nn";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import type { Block, MLP } from "../models.ts";
import { block, caseOf, det, expectState, loss, mlp } from "./models.ts";

type Arrays = Record<string, GoldenArray>;
const x0 = (array: GoldenArray[]) => fromGolden(array[0]!);
const forward = (model: MLP, x: tf.Tensor) => model.forward(x);

test("vjp of a Module covers all its Variables, and moves its state once", async () => {
  const golden = caseOf("vjp.module");
  const model = block(golden.state_before);
  model.dropout.deterministic = true;
  const [y, pullback] = vjp((m: Block, x: tf.Tensor) => m.forward(x), [model, x0(golden.inputs)]);
  await expect(y).toBeAllClose(golden.outputs[0]!);
  const [grads, dx] = pullback(det(y.shape, 1, 1.1));
  await expectState(grads, golden.module_grads);
  await expect(dx).toBeAllClose(golden.input_grads[0]!.grad);
  await expect(model.bn.mean.value).toBeAllClose(golden.state_changed["bn.mean"]!);
  await expect(model.bn.var.value).toBeAllClose(golden.state_changed["bn.var"]!);
});

test("jvp takes a State, or a Module, for the direction of a Module", async () => {
  const golden = caseOf<{ tangents: { x: GoldenArray; params: Arrays } }>("jvp.mlp");
  const model = mlp(golden.state_before);
  const direction = mlp(golden.tangents.params);
  const dx = fromGolden(golden.tangents.x);
  for (const given of [direction, state(direction)]) {
    const [y, dy] = jvp(forward, [model, x0(golden.inputs)], [given, dx]);
    await expect(y).toBeAllClose(golden.outputs[0]!);
    await expect(dy).toBeAllClose(golden.tangent_out);
  }
});

test("jacfwd and jacrev with respect to the input", async () => {
  for (const [name, jacobian] of [
    ["jacfwd.x", jacfwd],
    ["jacrev.x", jacrev],
  ] as const) {
    const golden = caseOf(name);
    const model = mlp(golden.state_before);
    await expect(jacobian((x: tf.Tensor) => model.forward(x))(x0(golden.inputs))).toBeAllClose(golden.out);
  }
});

test("jacrev and jacfwd with respect to a Module", async () => {
  const golden = caseOf<{ out: Arrays }>("jacrev.params");
  const model = mlp(golden.state_before);
  await expectState(jacrev(forward)(model, x0(golden.inputs)), golden.out);
  await expectState(jacfwd(forward)(model, x0(golden.inputs)), golden.out);
});

test("hessian with respect to the input, and its derivative in a direction", async () => {
  const golden = caseOf("hessian.x");
  const model = mlp(golden.state_before);
  const scalar = (x: tf.Tensor) => loss(model.forward(x));
  const x = x0(golden.inputs);
  await expect(hessian(scalar)(x)).toBeAllClose(golden.out);
  const [, change] = jvp(hessian(scalar), [x], [det(x.shape, 0.5, 0.4)]);
  await expect(change).toBeAllClose(caseOf("third.x").out);
});

test("hessian with respect to a Module: a State of States", async () => {
  const golden = caseOf<{ blocks: Record<string, Arrays> }>("hessian.params");
  const model = mlp(golden.state_before);
  const x = x0(golden.inputs);
  const blocks = hessian((m: MLP) => loss(m.forward(x)))(model);
  expect([...blocks.keys()].sort()).toEqual(Object.keys(golden.blocks).sort());
  for (const [path, row] of Object.entries(golden.blocks)) await expectState(blocks.get(path)!, row);
});

test("hvp", async () => {
  const golden = caseOf<{ vector: Arrays; out: Arrays }>("hvp.params");
  const model = mlp(golden.state_before);
  const x = x0(golden.inputs);
  const product = hvp((m: MLP) => loss(m.forward(x)), [model], [mlp(golden.vector)]);
  await expectState(product, golden.out);
});

test("linearize", async () => {
  const golden = caseOf("linearize.x");
  const model = mlp(golden.state_before);
  const [y, linear] = linearize((x: tf.Tensor) => model.forward(x), [x0(golden.inputs)]);
  await expect(y).toBeAllClose(golden.outputs[0]!);
  await expect(linear(fromGolden(golden.tangent))).toBeAllClose(golden.tangent_out);
});
