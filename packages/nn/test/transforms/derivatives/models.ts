/** @file The models of `transforms.json`, and its figures. */
import { type Module, Rngs, State, state, update, Variable } from "@nnx-js/nn";
import { fromGolden, type GoldenArray, type Tolerance } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import file from "../../../../testing/golden/transforms.json" with { type: "json" };
import { Block, MLP } from "../models.ts";

/** What a case holds, as far as these tests read it. */
export interface Case {
  readonly name: string;
  readonly inputs: GoldenArray[];
  readonly outputs: GoldenArray[];
  readonly state_before: Record<string, GoldenArray>;
  readonly state_changed: Record<string, GoldenArray>;
  readonly param_grads: Record<string, GoldenArray>;
  readonly module_grads: Record<string, GoldenArray>;
  readonly input_grads: { readonly arg: number; readonly grad: GoldenArray }[];
  readonly loss: GoldenArray;
  readonly out: GoldenArray;
  readonly grad: GoldenArray;
  readonly tangent: GoldenArray;
  readonly tangent_out: GoldenArray;
}

export const { sizes } = file as unknown as {
  readonly sizes: { readonly D: number; readonly RATE: number; readonly MOMENTUM: number };
};

/** The case of this name; `More` says what else it holds. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows the case
export function caseOf<More = unknown>(name: string): Case & More {
  const found = (file.cases as { name: string }[]).find((each) => each.name === name);
  if (!found) throw new Error(`no case ${name}`);
  return found as unknown as Case & More;
}

/** `scale * sin(1.7 * i + phase)`. */
export function det(shape: readonly number[], scale = 1, phase = 0): tf.Tensor {
  const values = Array.from(
    { length: tf.util.sizeFromShape([...shape]) },
    (_, i) => scale * Math.sin(1.7 * i + phase),
  );
  return tf.tensor(values, [...shape], "float32");
}

/** The one scalar whose gradients the file holds. */
export function loss(...outputs: tf.Tensor[]): tf.Tensor {
  return tf.addN(outputs.map((y, j) => tf.sum(tf.mul(y, det(y.shape, 1, 1.1 + j)))));
}

/** Gives `model` the values of a case. */
export function restored<M extends Module>(model: M, values: Record<string, GoldenArray>): M {
  const own = state(model);
  const entries = own.entries.map(([path, leaf]) => {
    const array = values[path.join(".")];
    if (!array || !(leaf instanceof Variable)) throw new Error(`no value for ${path.join(".")}`);
    return [path, new Variable(tf.reshape(fromGolden(array), [...leaf.shape]))] as const;
  });
  update(model, new State(entries));
  return model;
}

export const block = (values: Record<string, GoldenArray>) =>
  restored(new Block(sizes.D, sizes.RATE, { rngs: new Rngs(0) }), values);

/** An MLP with the sizes of its values. */
export function mlp(values: Record<string, GoldenArray>): MLP {
  const [inputs, hidden] = values["lin1.kernel"]!.shape as [number, number];
  const outputs = values["lin2.kernel"]!.shape[1]!;
  return restored(new MLP(inputs, hidden, outputs, { rngs: new Rngs(0) }), values);
}

/** Checks the tensors of a State against the figures, path by path. */
export async function expectState(
  found: State,
  expected: Record<string, GoldenArray>,
  tolerance?: Tolerance,
): Promise<void> {
  const values = found.entries.map(
    ([path, leaf]) => [path.join("."), leaf instanceof Variable ? leaf.value : leaf] as const,
  );
  expect(values.map(([path]) => path)).toEqual(Object.keys(expected).sort());
  for (const [path, value] of values) await expect(value, path).toBeAllClose(expected[path]!, tolerance);
}
