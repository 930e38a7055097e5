/** @file Every layer, its state and its gradients, run by JAX from what is exported, are those of Flax. */
import { DiffState, isVariable, type Module, Param, type StateLeaf, state, valueAndGrad } from "@nnx-js/nn";
import { fromGolden, type GoldenArray, wave } from "@nnx-js/testing";
import golden from "@nnx-js/testing/golden/layers.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { LayerCase, LayerUnderTest } from "../../../nn/test/golden.ts";
import { LAYERS } from "../../../nn/test/layers/golden/layers.ts";
import { exportStableHlo } from "../../src/index.ts";
import { findPython, type Job, type Ran, runModules } from "./python.ts";

const python = findPython();
const CASES = (golden.cases as LayerCase[]).filter(({ name }) => name in LAYERS);

/** Flax's path as ours: `use_bias` becomes `useBias`, and the name `('kernel', 'u')` the path `kernel.u`. */
function camel(path: string): string {
  return path
    .replaceAll(/\((.*?),?\)/g, (_, names: string) => names.replaceAll("'", "").replaceAll(", ", "."))
    .replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const tensorOf = (leaf: StateLeaf) => (isVariable(leaf) ? leaf.value : leaf);

/** The state of a model under the names that its argument gives it. */
function stateOf(argument: string, model: Module): [string, tf.Tensor][] {
  return [...state(model)].map(([path, leaf]) => [[argument, ...path].join("."), tensorOf(leaf)]);
}

async function jobOf(
  { inputs: given, input_grads }: LayerCase,
  { build, call, wrt = Param }: LayerUnderTest,
) {
  const inputs = given.map(fromGolden);
  const args = input_grads.map(({ arg }) => arg + 1);
  const loss = (model: Module, ...xs: tf.Tensor[]) => {
    const ys = [call(model, ...xs)].flat();
    return tf.addN(ys.map((y, j) => tf.sum(tf.mul(y, wave(y.shape, 1, 1.1 + j)))));
  };
  const step = (model: Module, other: Module, xs: tf.Tensor[]) => {
    const outputs = [call(model, ...xs)].flat();
    const [, [gradient, ...ofInputs]] = valueAndGrad(loss, { argnums: [new DiffState(0, wrt), ...args] })(
      other,
      ...xs,
    ) as unknown as [tf.Tensor, [unknown, ...tf.Tensor[]]];
    return { outputs, gradient, inputs: ofInputs };
  };
  const [model, other] = [build(), build()];
  const text = await exportStableHlo(step, [model, other, inputs]);
  return {
    text,
    inputs: Object.fromEntries([
      ...stateOf("model", model),
      ...stateOf("other", other),
      ...inputs.map((x, i) => [`xs.${i}`, x] as const),
    ]),
  } satisfies Job;
}

describe.skipIf(!python)("layers", () => {
  let ran: Ran[] = [];
  const jobs: Job[] = [];
  beforeAll(async () => {
    for (const each of CASES) jobs.push(await jobOf(each, LAYERS[each.name]!));
    ran = await runModules(python!, jobs);
  }, 600_000);

  test.each(CASES.map(({ name }, i) => [name, i] as const))("%s", async (name, i) => {
    const { outputs, error } = ran[i]!;
    expect(error).toBeUndefined();
    const { state_changed, param_grads, input_grads, outputs: wanted } = CASES[i]!;
    const { tolerance } = LAYERS[name]!;
    const check = async (key: string, array: GoldenArray) => {
      const exact = array.dtype === "uint32" ? { rtol: 0, atol: 0 } : tolerance;
      expect(Object.keys(outputs)).toContain(key);
      await expect(outputs[key]!, key).toBeAllClose(array, exact);
    };
    for (const [j, array] of wanted.entries()) await check(`outputs.${j}`, array);
    for (const [path, array] of Object.entries(state_changed)) await check(`model.${camel(path)}`, array);
    for (const [path, array] of Object.entries(param_grads)) await check(`gradient.${camel(path)}`, array);
    for (const [j, { grad }] of input_grads.entries()) await check(`inputs.${j}`, grad);
  });
});
