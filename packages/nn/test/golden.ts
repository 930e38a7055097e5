/** @file Compares layers with the reference figures of Flax. */
import {
  DiffState,
  type Filter,
  Module,
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

/** Flax's path as ours: `use_bias` becomes `useBias`, and the name `('kernel', 'u')` the path `kernel.u`. */
export function camel(path: string): string {
  return path
    .replaceAll(/\((.*?),?\)/g, (_, names: string) => names.replaceAll("'", "").replaceAll(", ", "."))
    .replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
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

/** How a case is built here, and how its outputs are computed. */
export interface LayerUnderTest<M extends Module = Module> {
  build: () => M;
  call: (model: M, ...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Looser bounds than 1e-5 relative plus 1e-6 absolute, with the reason beside it. */
  tolerance?: Tolerance;
  /** What Flax differentiates with respect to; `Param` unless given. */
  wrt?: Filter;
}

/** A case whose model is called by `forward` with the inputs; `call` if it is called otherwise. */
export function layer<M extends Module & { forward(x: tf.Tensor): tf.Tensor }>(
  build: () => M,
  call: LayerUnderTest<M>["call"] = (model, x) => model.forward(x),
): LayerUnderTest {
  return cased(build, call);
}

/** A case of a model with a `forward` of another form. */
export function cased<M extends Module>(build: () => M, call: LayerUnderTest<M>["call"]): LayerUnderTest {
  // `call` is given what `build` makes, and nothing else.
  return { build, call } as unknown as LayerUnderTest;
}

/** A case of a function without parameters. */
export function stateless(fn: (...inputs: tf.Tensor[]) => tf.Tensor): LayerUnderTest {
  return { build: () => new Module(), call: (_, ...inputs) => fn(...inputs) };
}

/** A transformation of functions that changes nothing about what they give. */
type Wrap = <F extends (...args: never[]) => unknown>(fn: F) => F;

/**
 * Checks initial state, outputs, changed state, and gradients of parameters and inputs against a case.
 *
 * @param wrap around the call of the layer, and around its gradients
 */
export async function expectLikeFlax(
  golden: LayerCase,
  { build, call, tolerance, wrt = Param }: LayerUnderTest,
  wrap: Wrap = (fn) => fn,
): Promise<void> {
  const inputs = golden.inputs.map(fromGolden);

  const model = build();
  const before = await snapshot(model);
  await expectEntries(before, golden.state_before, { rtol: 2e-6, atol: 1e-6 });
  const run = wrap((model: Module, ...xs: tf.Tensor[]) => call(model, ...xs));
  const outputs = [run(model, ...inputs)].flat();
  expect(outputs.length).toBe(golden.outputs.length);
  for (const [i, expected] of golden.outputs.entries()) {
    await expect(outputs[i]!, `output ${i}`).toBeAllClose(expected, tolerance);
  }
  const changed: Record<string, GoldenArray> = { ...golden.state_before, ...golden.state_changed };
  await expectEntries(await snapshot(model), changed, tolerance);

  if (!("param_grads" in golden)) return;
  const loss = (differentiated: Module, ...xs: tf.Tensor[]) => {
    const ys = [call(differentiated, ...xs)].flat();
    return tf.addN(ys.map((y, j) => tf.sum(tf.mul(y, wave(y.shape, 1, 1.1 + j)))));
  };
  const [, grads] = wrap(valueAndGrad(loss, { argnums: new DiffState(0, wrt) }))(build(), ...inputs);
  await expectEntries(values(toFlatState(grads)), golden.param_grads, tolerance);
  for (const { arg, grad: expected } of golden.input_grads) {
    const [, gradient] = wrap(valueAndGrad(loss, { argnums: [arg + 1] as const }))(build(), ...inputs);
    await expect((gradient as unknown as [tf.Tensor])[0], `input ${arg}`).toBeAllClose(expected, tolerance);
  }
}

/** Copies of all values by path. */
async function snapshot(model: Module): Promise<Map<string, tf.Tensor>> {
  return new Map([...values(toFlatState(state(model)))].map(([path, value]) => [path, value.clone()]));
}
