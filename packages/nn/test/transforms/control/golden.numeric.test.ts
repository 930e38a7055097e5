import { GRUCell, grad, Param, DiffState, Rngs, scan, toFlatState, valueAndGrad } from "@nnx-js/nn";
import { fromGolden, type GoldenArray, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { camel, expectLikeFlax } from "../../golden.ts";
import { caseOf, CASES, CONTROL, withState } from "./cases.ts";

test.for(CASES.filter(({ name }) => name in CONTROL))(
  "$name gives the outputs, state and gradients of Flax",
  async (item, { skip }) => {
    // The condition of a loop is read at once, which webgpu does in pages only, and waits for.
    skip(/while_loop/.test(item.name) && tf.getBackend() === "webgpu");
    await expectLikeFlax(item, CONTROL[item.name]!);
  },
);

test("all reference cases are compared but that with remat", () => {
  expect([...Object.keys(CONTROL), "scan_layers.remat"].sort()).toEqual(CASES.map(({ name }) => name).sort());
});

test("a loop that only counts, with its gradient", async () => {
  const item = caseOf("scan_time.length_only") as unknown as {
    inputs: GoldenArray[];
    outputs: GoldenArray[];
    grad: GoldenArray;
  };
  const count = (c: tf.Tensor) =>
    scan((c: tf.Tensor) => [tf.add(tf.mul(c, 1.5), 1), c] as const, c, null, { length: 5 });
  const input = fromGolden(item.inputs[0]!);
  for (const [i, output] of count(input).entries()) await expect(output).toBeAllClose(item.outputs[i]!);
  const gradient = grad((c: tf.Tensor) =>
    tf.addN(count(c).map((y, j) => tf.sum(tf.mul(y, wave(y.shape, 1, 1.1 + j))))),
  )(input);
  await expect(gradient).toBeAllClose(item.grad);
});

test("gradients of gradients", async () => {
  const item = caseOf("scan_time.GRUCell.second_order") as unknown as {
    inputs: GoldenArray[];
    state_before: Record<string, GoldenArray>;
    value: GoldenArray;
    param_grads: Record<string, GoldenArray>;
    xs_grad: GoldenArray;
  };
  const model = withState(new GRUCell(3, 5, { rngs: new Rngs(0) }), item.state_before);
  const [xs, carry] = item.inputs.map(fromGolden) as [tf.Tensor, tf.Tensor];
  const loss = (model: GRUCell, xs: tf.Tensor) => {
    const ys = scan((c: tf.Tensor, x: tf.Tensor) => model.forward(c, x), carry, xs);
    return tf.addN(ys.map((y, j) => tf.sum(tf.mul(y, wave(y.shape, 1, 1.1 + j)))));
  };
  const second = (model: GRUCell, xs: tf.Tensor) => tf.sum(tf.square(grad(loss, { argnums: 1 })(model, xs)));
  const [value, [params, dxs]] = valueAndGrad(second, { argnums: [new DiffState(0, Param), 1] })(model, xs);
  await expect(value).toBeAllClose(item.value);
  await expect(dxs).toBeAllClose(item.xs_grad);
  const found = new Map(toFlatState(params).map(([path, leaf]) => [path.join("."), leaf.value]));
  expect([...found.keys()].sort()).toEqual(Object.keys(item.param_grads).map(camel).sort());
  for (const [path, expected] of Object.entries(item.param_grads))
    await expect(found.get(camel(path))!).toBeAllClose(expected);
});
