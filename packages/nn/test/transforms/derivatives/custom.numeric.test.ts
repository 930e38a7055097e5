import {
  checkpointPolicies,
  customJvp,
  customVjp,
  grad,
  jvp,
  Param,
  remat,
  State,
  state,
  toFlatState,
  valueAndGrad,
  vjp,
  DiffState,
} from "@nnx-js/nn";
import { stopGradient } from "@nnx-js/tensor";
import { fromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { Block, type MLP } from "../models.ts";
import { block, caseOf, det, expectState, loss, mlp, sizes } from "./models.ts";

test("customVjp of a Module: the cotangent clipped, the gradient of the input doubled", async () => {
  const golden = caseOf("custom_vjp.module");
  const model = mlp(golden.state_before);
  const f: (model: MLP, x: tf.Tensor) => tf.Tensor = customVjp((m: MLP, x: tf.Tensor) => m.forward(x), {
    forward: (m, x) => [f(m, x), [m, x] as const],
    backward: ([m, x], g) => {
      const [, back] = vjp((m: MLP, x: tf.Tensor) => m.forward(x), [m, x]);
      const [gm, gx] = back(tf.clipByValue(g, -0.5, 0.5));
      return [gm, tf.mul(gx, 2)];
    },
  });
  const x = fromGolden(golden.inputs[0]!);
  await expect(f(model, x)).toBeAllClose(golden.outputs[0]!);
  const [grads, dx] = grad((m: MLP, x: tf.Tensor) => loss(f(m, x)), { argnums: [0, 1] })(model, x);
  await expectState(grads, golden.param_grads);
  await expect(dx).toBeAllClose(golden.input_grads[0]!.grad);
  // Through what records the function first, too.
  const [, pullback] = vjp((m: MLP, x: tf.Tensor) => loss(f(m, x)), [model, x]);
  const [again, dxAgain] = pullback(tf.scalar(1));
  await expectState(again, golden.param_grads);
  await expect(dxAgain).toBeAllClose(golden.input_grads[0]!.grad);
});

const softplus: (x: tf.Tensor) => tf.Tensor = customJvp(
  (x: tf.Tensor) => tf.log1p(tf.exp(x)),
  ([x], [dx]) => [softplus(x), tf.mul(tf.mul(dx, tf.sigmoid(x)), 3)],
);

test("customJvp serves both modes", async () => {
  const golden = caseOf("custom_jvp.softplus");
  const x = fromGolden(golden.inputs[0]!);
  const [y, dy] = jvp(softplus, [x], [fromGolden(golden.tangent)]);
  await expect(y).toBeAllClose(golden.outputs[0]!);
  await expect(dy).toBeAllClose(golden.tangent_out);
  const dx = grad((x: tf.Tensor) => loss(softplus(x)))(x);
  await expect(dx).toBeAllClose(golden.input_grads[0]!.grad);
  await expect(vjp((x: tf.Tensor) => loss(softplus(x)), [x])[1](tf.scalar(1))[0]).toBeAllClose(
    golden.input_grads[0]!.grad,
  );
});

test("stopGradient, on the tape and where a function is recorded", async () => {
  const golden = caseOf("stop_gradient");
  const x = fromGolden(golden.inputs[0]!);
  const f = (x: tf.Tensor) => tf.sum(tf.mul(x, stopGradient(tf.tanh(x))));
  await expect(grad(f)(x)).toBeAllClose(golden.input_grads[0]!.grad);
  await expect(vjp(f, [x])[1](tf.scalar(1))[0]).toBeAllClose(golden.input_grads[0]!.grad);
  await expect(jvp(f, [x], [det(x.shape, 1, 2)])[1]).toBeAllClose(
    tf.sum(tf.mul(fromGolden(golden.input_grads[0]!.grad), det(x.shape, 1, 2))),
  );
});

const once = (m: Block, x: tf.Tensor) => m.forward(x);
const twice = (m: Block, x: tf.Tensor) => m.forward(m.forward(x));
const RematBlock = remat(Block);
const VARIANTS: Record<string, (m: Block, x: tf.Tensor) => tf.Tensor> = {
  none: twice,
  whole: remat(twice),
  each: (m, x) => remat(once)(m, remat(once)(m, x)),
  dots_saveable: remat(twice, { policy: checkpointPolicies.dotsSaveable }),
};

for (const [name, f] of Object.entries(VARIANTS)) {
  test(`remat.${name}`, async () => {
    const golden = caseOf(`remat.${name}`);
    const x = fromGolden(golden.inputs[0]!);
    const model = block(golden.state_before);
    await expect(f(model, x)).toBeAllClose(golden.outputs[0]!);
    const after = () =>
      Object.fromEntries(toFlatState(state(model)).map(([path, leaf]) => [path.join("."), leaf]));
    for (const [path, expected] of Object.entries(golden.state_changed)) {
      await expect((after()[path] as Param).value, path).toBeAllClose(
        tf.reshape(fromGolden(expected), [...(after()[path] as Param).shape]),
      );
    }
    const again = block(golden.state_before);
    const [value, [grads, dx]] = valueAndGrad((m: Block, x: tf.Tensor) => loss(f(m, x)), {
      argnums: [new DiffState(0, Param), 1],
    })(again, x);
    await expect(value).toBeAllClose(golden.loss);
    await expectState(grads, golden.param_grads);
    await expect(dx).toBeAllClose(golden.input_grads[0]!.grad);
    for (const [path, expected] of Object.entries(golden.state_changed)) {
      const variable = state(again).leaf<Param>(...path.split("."));
      await expect(variable.value, path).toBeAllClose(tf.reshape(fromGolden(expected), [...variable.shape]));
    }
    const third = block(golden.state_before);
    const [, pullback] = vjp((m: Block, x: tf.Tensor) => loss(f(m, x)), [third, x]);
    const [all, dxOfVjp] = pullback(tf.scalar(1));
    const params = new State(all.entries.filter(([, leaf]) => leaf instanceof Param));
    await expectState(params, golden.param_grads);
    await expect(dxOfVjp).toBeAllClose(golden.input_grads[0]!.grad);
  });
}

test("a class of Modules, whose instances are of the class that was given", async () => {
  const golden = caseOf("remat.none");
  const { rngs } = { rngs: new (await import("@nnx-js/nn")).Rngs(0) };
  const model = new RematBlock(sizes.D, sizes.RATE, { rngs });
  expect(model).toBeInstanceOf(Block);
  expect(model.constructor.name).toBe("Block");
  const { restored } = await import("./models.ts");
  restored(model, golden.state_before);
  const grads = grad((m: Block) => loss(twice(m, fromGolden(golden.inputs[0]!))))(model);
  await expectState(grads, golden.param_grads);
});

test("remat of a function that gets the same Module twice", async () => {
  const model = mlp(caseOf("custom_vjp.module").state_before);
  const x = fromGolden(caseOf("custom_vjp.module").inputs[0]!);
  const both = (a: MLP, b: MLP) => tf.mul(a.forward(x), b.forward(x));
  const plain = grad((m: MLP) => loss(both(m, m)))(model);
  const again = grad((m: MLP) => loss(remat(both)(m, m)))(model);
  expect(again.size).toBe(4);
  for (const [i, [, leaf]] of plain.entries.entries()) {
    await expect(again.entries[i]![1].value).toBeAllClose(leaf.value);
  }
});
