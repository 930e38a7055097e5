/** @file Optimisers against Optax: large and small shapes, zero gradients, options off their defaults, many steps. */
import { wave } from "@nnx-js/testing";
import { applyUpdates, type GradientTransformation, type Tree } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { toleranceOn } from "./cases.ts";
import golden from "./golden/optim_shapes.json";
import { longRuns, shortRuns } from "./reference/shapes.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const backend = inject("backend");
const shapes: Readonly<Record<string, number[]>> = golden.shapes;
const phases: Readonly<Record<string, number>> = golden.phases;
const samples: Readonly<Record<string, number[]>> = golden.samples;

function figures(kind: string, name: string): [step: number, values: Readonly<Record<string, number[]>>][] {
  const found = golden.cases.find((one) => one.kind === kind && one.name === name);
  if (!found) throw new Error(`no reference figures for ${name}`);
  // The steps are the names.
  const after = found.params_after as unknown as Readonly<Record<string, Record<string, number[]>>>;
  return Object.entries(after).map(([step, values]) => [Number(step), values]);
}

function treeOf(names: readonly string[], offset: number, isGradient: boolean): Record<string, tf.Tensor> {
  const leafOf = (name: string) =>
    isGradient && name === "z" ? tf.zeros(shapes[name]!) : wave(shapes[name]!, 1, phases[name]! + offset);
  return Object.fromEntries(names.map((name) => [name, leafOf(name)]));
}

async function expectFigures(
  kind: string,
  name: string,
  tx: GradientTransformation,
  tolerance: { rtol: number; atol: number },
): Promise<void> {
  const expected = figures(kind, name);
  const names = Object.keys(expected[0]![1]);
  let params = treeOf(names, 0, false);
  let state: Tree = tx.init(params);
  for (let t = 0; t < expected.at(-1)![0]; t++) {
    const [nextParams, nextState] = tf.tidy(() => {
      const value = tf.scalar(2 + Math.sin(1.3 * t));
      const [updates, next] = tx.update(treeOf(names, 0.3 + t, true), state, params, { value });
      // Trees may be read-only, which the type of containers is not.
      return [applyUpdates(params, updates), next] as unknown as tf.Tensor[];
    }) as unknown as [Record<string, tf.Tensor>, Tree];
    [params, state] = [nextParams, nextState];
    for (const [step, values] of expected) {
      if (step !== t + 1) continue;
      for (const [key, list] of Object.entries(values)) {
        const flat = await params[key]!.data();
        const got = tf.tensor1d(samples[key]!.map((i) => flat[i]!));
        await expect(got, `${name}: ${key} after ${step} steps`).toBeAllClose(list, tolerance);
      }
    }
  }
}

// Elsewhere the ten steps of the other figures are enough.
const isPrecise = backend === "cpu" || backend === "wasm";

describe.runIf(isPrecise)("one and three steps", () => {
  // Products of matrices take seconds in JavaScript.
  const runs = shortRuns.filter(({ name }) => backend !== "cpu" || !name.startsWith("muon"));
  test.each(runs)("$name", async ({ name, make, tolerance }) => {
    await expectFigures("short", name, make(), toleranceOn(backend, tolerance));
  });
});

describe.runIf(backend === "cpu")("a thousand steps", () => {
  test.each(longRuns)("$name", async ({ name, make, tolerance }) => {
    await expectFigures("long", name, make(), { rtol: 1e-5, atol: 1e-5, ...tolerance });
  });
});
