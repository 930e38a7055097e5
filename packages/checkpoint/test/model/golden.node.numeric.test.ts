/** @file Files that Flax wrote, which hold state paths, so that they load as our own do, and one in PyTorch's layout. */
import { loadModel } from "@nnx-js/checkpoint";
import { BatchNorm, evalShape, Linear, List, Module, relu, Rngs } from "@nnx-js/nn";
import { fromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import golden from "../golden/flax_mlp.json" with { type: "json" };

class MLP extends Module {
  readonly lin1: Linear;
  readonly bn: BatchNorm;
  readonly layers: List<Linear>;

  constructor(rngs: Rngs) {
    super();
    const [inputs, hidden, outputs] = golden.dims as [number, number, number];
    this.lin1 = new Linear(inputs, hidden, { rngs });
    this.bn = new BatchNorm(hidden, { rngs, useRunningAverage: true });
    this.layers = new List([new Linear(hidden, hidden, { rngs }), new Linear(hidden, outputs, { rngs })]);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const hidden = relu(this.bn.forward(this.lin1.forward(x)));
    return this.layers[1]!.forward(relu(this.layers[0]!.forward(hidden)));
  }
}

const pathOf = (name: string) => fileURLToPath(new URL(`../golden/${name}.safetensors`, import.meta.url));

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test.each([
  ["flax_mlp", golden.eval_output],
  ["flax_mlp_half", golden.eval_output_half],
])("%s gives Flax's outputs, also in a model that had no values", async (name, expected) => {
  for (const model of [new MLP(new Rngs(0)), evalShape(() => new MLP(new Rngs(0)))]) {
    await loadModel(model, pathOf(name));
    await loadModel(model, pathOf(name), { layout: "flax" });
    const y = model.forward(fromGolden(golden.x));
    await expect(y).toBeAllClose(fromGolden(expected), { rtol: 1e-6, atol: 1e-6 });
  }
});

test("torch_layout_mlp gives the same outputs, under its own names or under ours", async () => {
  const model = new MLP(new Rngs(0));
  const rename = { fc1: "lin1", fc2: "layers.0", fc3: "layers.1" };
  await loadModel(model, pathOf("torch_layout_mlp"), {
    layout: "torch",
    rename: (name) => name.replace(/^fc\d/, (layer) => rename[layer as keyof typeof rename]),
  });
  const { lin1, bn, layers } = new MLP(new Rngs(0));
  const named = { fc1: lin1, bn, fc2: layers[0]!, fc3: layers[1]! };
  await loadModel(named, pathOf("torch_layout_mlp"), { layout: "torch" });
  const hidden = relu(bn.forward(named.fc1.forward(fromGolden(golden.x))));
  for (const y of [model.forward(fromGolden(golden.x)), named.fc3.forward(relu(named.fc2.forward(hidden)))]) {
    await expect(y).toBeAllClose(fromGolden(golden.eval_output), { rtol: 1e-6, atol: 1e-6 });
  }
});
