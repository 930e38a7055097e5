/** @file Compares layers with the reference figures of Flax. */
import {
  DiffState,
  type Module,
  Param,
  state,
  type StateEntry,
  toFlatState,
  type StateLeaf,
  isVariable,
  valueAndGrad,
} from "@nnx-js/nn";
import { fromGolden, type GoldenArray, type Tolerance, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** One case of `layers.json`. */
export interface LayerCase {
  name: string;
  inputs: GoldenArray[];
  state_before: Record<string, GoldenArray>;
  outputs: GoldenArray[];
  state_changed: Record<string, GoldenArray>;
  param_grads: Record<string, GoldenArray>;
  input_grads: { arg: number; grad: GoldenArray }[];
}

/** Flax's path as ours: `use_bias` becomes `useBias`. */
function camel(path: string): string {
  return path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function values(entries: readonly StateEntry[]): Map<string, tf.Tensor> {
  return new Map(entries.map(([path, leaf]) => [path.join("."), tensorOf(leaf)]));
}

function tensorOf(leaf: StateLeaf): tf.Tensor {
  return isVariable(leaf) ? leaf.value : leaf;
}

async function expectEntries(
  actual: Map<string, tf.Tensor>,
  expected: Record<string, GoldenArray>,
  tolerance?: Tolerance,
) {
  expect([...actual.keys()].sort()).toEqual(Object.keys(expected).map(camel).sort());
  for (const [path, array] of Object.entries(expected)) {
    const exact = array.dtype === "uint32" ? { rtol: 0, atol: 0 } : tolerance;
    await expect(actual.get(camel(path))!, path).toBeAllClose(array, exact);
  }
}

type Call = (model: Module, ...inputs: tf.Tensor[]) => tf.Tensor;

/** Checks initial state, outputs, changed state, and gradients of parameters and inputs against a case. */
export async function expectLikeFlax(golden: LayerCase, build: () => Module, call: Call): Promise<void> {
  const inputs = golden.inputs.map(fromGolden);

  const model = build();
  const before = await snapshot(model);
  await expectEntries(before, golden.state_before, { rtol: 2e-6, atol: 1e-6 });
  await expect(call(model, ...inputs), "output").toBeAllClose(golden.outputs[0]!);
  const changed: Record<string, GoldenArray> = { ...golden.state_before, ...golden.state_changed };
  await expectEntries(await snapshot(model), changed);

  const loss = (differentiated: Module, ...xs: tf.Tensor[]) => {
    const y = call(differentiated, ...xs);
    return tf.sum(tf.mul(y, wave(y.shape, 1, 1.1)));
  };
  const [, grads] = valueAndGrad(loss, { argnums: new DiffState(0, Param) })(build(), ...inputs);
  await expectEntries(values(toFlatState(grads)), golden.param_grads);
  for (const { arg, grad: expected } of golden.input_grads) {
    const [, gradient] = valueAndGrad(loss, { argnums: [arg + 1] as const })(build(), ...inputs);
    await expect((gradient as unknown as [tf.Tensor])[0], `input ${arg}`).toBeAllClose(expected);
  }
}

/** Copies of all values by path. */
async function snapshot(model: Module): Promise<Map<string, tf.Tensor>> {
  return new Map([...values(toFlatState(state(model)))].map(([path, value]) => [path, value.clone()]));
}
