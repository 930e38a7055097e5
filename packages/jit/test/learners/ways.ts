/** @file How what learns is run and compared: eagerly and compiled, with figures of `scripts/reference/learners.py`. */
import { jit } from "@nnx-js/jit";
import { isVariable, type Module, type State, state, toFlatState } from "@nnx-js/nn";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject } from "vitest";
import file from "../golden/learners.json" with { type: "json" };
import { camel } from "../../../nn/test/golden.ts";

/** Arrays by their paths in Flax. */
export type Arrays = Readonly<Record<string, GoldenArray>>;

export const figures = file;

type Wrap = <F extends (...args: never[]) => unknown>(fn: F) => F;

const TARGETS = { cpu: [], wasm: ["wasm"], webgpu: ["webgpu"] } as const;
const backend = inject("backend") as keyof typeof TARGETS;

const same: Wrap = (fn) => fn;
const compiledFor =
  (target: "wasm" | "webgpu"): Wrap =>
  (fn) =>
    jit(fn, { target });

/** What is around each step: nothing, and a compiled function where the backend has a target of its own. */
export const WAYS: readonly (readonly [name: string, wrap: Wrap])[] = [
  // There, kernels of each turn and lane would be compiled one by one for seconds.
  ...(backend === "webgpu" ? [] : [["eagerly", same] as const]),
  ...TARGETS[backend].map((target) => [`compiled for ${target}`, compiledFor(target)] as const),
];

/** Figures to compare; on webgpu, where software compiles each for seconds, the one of this name. */
export function casesOf<Figure extends { readonly name: string }>(
  all: readonly Figure[],
  onWebgpu: string,
): readonly Figure[] {
  return all.filter(({ name }) => backend !== "webgpu" || name === onWebgpu);
}

function byPath(tree: Module | State): Map<string, tf.Tensor> {
  const leaves = toFlatState("entries" in tree ? tree : state(tree));
  return new Map(leaves.map(([path, leaf]) => [path.join("."), isVariable(leaf) ? leaf.value : leaf]));
}

/** Checks that a Module was made as in Flax: its keys exactly, and what was drawn from them but for rounding. */
export async function expectMade(model: Module, before: Arrays): Promise<void> {
  await expectArrays(model, before, { rtol: 2e-6, atol: 1e-6 });
}

/** Checks all that a Module or State holds, path by path; keys and counts exactly. */
export async function expectArrays(
  found: Module | State,
  expected: Arrays,
  tolerance: { rtol?: number; atol?: number; scaled?: boolean } = {},
): Promise<void> {
  const values = byPath(found);
  expect([...values.keys()].sort()).toEqual(Object.keys(expected).map(camel).sort());
  for (const [path, array] of Object.entries(expected)) {
    const exact = array.dtype === "float32" ? tolerance : { rtol: 0, atol: 0 };
    await expect(values.get(camel(path))!, path).toBeAllClose(array, exact);
  }
}

/** Checks losses of steps: `[steps, ...]`. */
export async function expectLosses(losses: readonly tf.Tensor[], expected: GoldenArray): Promise<void> {
  await expect(tf.stack([...losses])).toBeAllClose(fromGolden(expected));
}
