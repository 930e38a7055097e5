import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RngState, variables } from "@nnx-js/nn";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import { readSafetensors } from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { torchLayout } from "../../src/layouts/torch/torch.ts";
import { fileOf, loadBy, savedBy } from "./links.ts";
import { MODELS } from "./torch-models.ts";

interface Figures {
  inputs: GoldenArray[];
  outputs: GoldenArray[];
}

const folder = fileURLToPath(new URL("../golden/torch/", import.meta.url));
const cases = JSON.parse(readFileSync(`${folder}cases.json`, "utf8")) as Record<string, Figures>;
const open = (name: string) => readSafetensors(new Uint8Array(readFileSync(`${folder}${name}.safetensors`)));

const OLD_NAMES: [RegExp, string][] = [
  [/(\w+)_g$/, "parametrizations.$1.original0"],
  [/(\w+)_v$/, "parametrizations.$1.original1"],
  [/(\w+)_orig$/, "parametrizations.$1.original"],
];
const OLD_SPECTRAL: [RegExp, string][] = [
  [/(\w+)_u$/, "parametrizations.$1.0._u"],
  [/(\w+)_v$/, "parametrizations.$1.0._v"],
  ...OLD_NAMES.slice(2),
];

/** What the file holds, as it is written today by a module that is not wrapped for training. */
async function expectedOf(name: string): Promise<Map<string, tf.Tensor>> {
  const file = await open(name);
  const table = name === "spectral_norm_old" ? OLD_SPECTRAL : name === "weight_norm_old" ? OLD_NAMES : [];
  const expected = new Map<string, tf.Tensor>();
  for (const stored of file.names) {
    if (stored.endsWith("num_batches_tracked")) continue;
    const plain = stored.replace(/^(module|_orig_mod)\./, "");
    const [pattern, now] = table.find(([old]) => old.test(plain)) ?? [/$/, ""];
    expected.set(plain.replace(pattern, now), await file.tensor(stored));
  }
  // An LSTM or a plain cell here has one bias: the sum of both.
  if (/lstm|rnn/.test(name)) {
    for (const [key, bias] of expected) {
      const other = expected.get(key.replace("bias_hh", "bias_ih"))!;
      if (!key.includes("bias_hh")) continue;
      const [whole, zeros] = name.startsWith("lstm")
        ? [key, key.replace("hh", "ih")]
        : [key.replace("hh", "ih"), key];
      expected.set(whole, tf.add(other, bias)).set(zeros, tf.zerosLike(bias));
    }
  }
  return expected;
}

/** Of the second singular vector and the singular value PyTorch rounds products of its own. */
const isComputed = (name: string) => name.endsWith("_v") || name.endsWith("sigma");

/** The same shape and the same bits; where they are computed, the same within rounding. */
async function expectSame(actual: tf.Tensor | undefined, expected: tf.Tensor, name: string): Promise<void> {
  expect(actual?.shape, name).toEqual(expected.shape);
  const differences = tf.abs(tf.sub(actual!, expected));
  const limit = isComputed(name) ? 1e-5 : 0;
  expect(Math.max(0, ...(await differences.data())), name).toBeLessThanOrEqual(limit);
}

test("there is a model for each file, and a file for each model", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
  expect(files.map((name) => name.slice(0, -".safetensors".length)).sort()).toEqual(
    Object.keys(MODELS).sort(),
  );
  expect(Object.keys(cases).sort()).toEqual(Object.keys(MODELS).sort());
});

describe.each(Object.entries(MODELS))("PyTorch's %s", (name, { build, call }) => {
  test("answers the same with the weights of the file", async () => {
    const model = build();
    await loadBy(torchLayout, model, await open(name));
    const { inputs, outputs } = cases[name]!;
    const answers = [call(model as never, ...inputs.map(fromGolden))].flat();
    expect(answers.length).toBe(outputs.length);
    for (const [i, expected] of outputs.entries()) {
      await expect(answers[i]!).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-5 });
    }
  });

  test("is written with the names and the bits that the file has", async () => {
    const model = build();
    await loadBy(torchLayout, model, await open(name));
    const saved = savedBy(torchLayout, model);
    const expected = await expectedOf(name);
    expect([...saved.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, tensor] of expected) {
      await expectSame(saved.get(key), tensor, key);
    }
  });

  test("is what was written, when it is read again", async () => {
    const model = build();
    await loadBy(torchLayout, model, await open(name));
    const saved = savedBy(torchLayout, model);
    const again = build();
    await loadBy(torchLayout, again, fileOf(saved));
    for (const [path, leaf] of variables(model)) {
      if (leaf instanceof RngState) continue;
      await expectSame(variables(again).leaf(...path).value, leaf.value, path.join("."));
    }
  });
});
