/** @file Compares models with files that another library wrote. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type LayoutName,
  loadModel,
  memoryTarget,
  readSafetensors,
  saveModel,
  type TensorFile,
} from "@nnx-js/checkpoint";
import { BatchStat, type Module, Param, variables } from "@nnx-js/nn";
import { fromGolden, type GoldenArray, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Rename } from "../../src/model/rename.ts";

/** A module in evaluation, and how it is called. */
export interface Case {
  build: () => Module;
  call: (model: never, ...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** How the names that the library chose are found in it. */
  rename?: Rename;
}

type Forward = Module & { forward(...args: tf.Tensor[]): tf.Tensor };

/** A case of a module that is called by `forward` with the inputs; `call` if it is called otherwise. */
export function layer(
  build: () => Module,
  call: Case["call"] = (model: Forward, ...xs) => model.forward(...xs),
): Case {
  return { build, call };
}

/** What a file of a case holds, under the names and with the numbers that we write. */
export type Expected = (name: string, file: TensorFile) => Promise<Map<string, tf.Tensor>>;

/** A folder for models that the other library is to read; none unless it is asked for. */
const SAVED = process.env["NNX_SAVED_MODELS"];

interface Figures {
  inputs: GoldenArray[];
  outputs: GoldenArray[];
}

/** Checks all cases of `golden/<layout>`: outputs, what is written, and that it is read again. */
export function expectLike(
  layout: LayoutName,
  models: Readonly<Record<string, Case>>,
  expected: Expected,
): void {
  const folder = fileURLToPath(new URL(`../golden/${layout}/`, import.meta.url));
  const cases = JSON.parse(readFileSync(`${folder}cases.json`, "utf8")) as Record<string, Figures>;
  const bytesOf = (name: string) => new Uint8Array(readFileSync(`${folder}${name}.safetensors`));

  test("there is a model for each file, and a file for each model", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
    expect(files.map((name) => name.slice(0, -".safetensors".length)).sort()).toEqual(
      Object.keys(models).sort(),
    );
    expect(Object.keys(cases).sort()).toEqual(Object.keys(models).sort());
  });

  test.each(SAVED === undefined ? [] : Object.entries(models))(
    "%s is written for the library to read",
    async (name, model) => {
      await writeSaved(`${SAVED}/${layout}/${name}`, layout, model, cases[name]!.inputs.map(fromGolden));
      expect(readdirSync(`${SAVED}/${layout}`)).toContain(`${name}.safetensors`);
    },
  );

  describe.each(Object.entries(models))("%s", (name, { build, call, rename }) => {
    const loaded = async () => {
      const model = build();
      await loadModel(model, bytesOf(name), { layout, rename });
      return model;
    };

    test("answers the same with the weights of the file", async () => {
      const model = await loaded();
      const { inputs, outputs } = cases[name]!;
      const answers = [call(model as never, ...inputs.map(fromGolden))].flat();
      expect(answers.length).toBe(outputs.length);
      for (const [i, output] of outputs.entries()) {
        await expect(answers[i]!).toBeAllClose(output, { rtol: 1e-5, atol: 1e-5 });
      }
    });

    test("is written with the names and the numbers that the file has, and read again", async () => {
      const model = await loaded();
      const target = memoryTarget();
      await saveModel(model, target, { layout });
      const saved = await readSafetensors(target.bytes());
      const tensors = await expected(name, await readSafetensors(bytesOf(name), { integers: "wrap" }));
      expect([...saved.names].sort()).toEqual([...tensors.keys()].sort());
      for (const [key, tensor] of tensors) await expectSame(await saved.tensor(key), tensor, key);

      const again = build();
      await loadModel(again, target.bytes(), { layout });
      const values = variables(again);
      for (const [path, variable] of variables(model)) {
        if (path.includes("rngs")) continue;
        await expectSame(values.leaf(...path).value, variable.value, path.join("."));
      }
    });
  });
}

/** Writes a model of other weights and what it answers, for scripts/reference/check_saved.py. */
async function writeSaved(path: string, layout: LayoutName, { build, call }: Case, inputs: tf.Tensor[]) {
  const model = build();
  for (const [i, [keys, variable]] of [...variables(model)].entries()) {
    const values = wave([...variable.shape], 0.5, i);
    if (variable instanceof Param) variable.value = tf.add(variable.value, values);
    if (variable instanceof BatchStat && keys.at(-1) === "mean") variable.value = values;
    if (variable instanceof BatchStat && keys.at(-1) === "var") variable.value = tf.exp(values);
  }
  const target = memoryTarget();
  await saveModel(model, target, { layout });
  const outputs = [call(model as never, ...inputs)].flat();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.safetensors`, target.bytes());
  const texts = outputs.map((output) => ({ shape: output.shape, data: [...output.dataSync()] }));
  writeFileSync(`${path}.json`, JSON.stringify({ outputs: texts }));
}

/** What is computed from other tensors, by PyTorch in its own order. */
const isComputed = (name: string) => /(_v|_u|\bu|sigma)$/.test(name);

/** The same shape and the same numbers; where they are computed, the same within rounding. */
async function expectSame(actual: tf.Tensor, expected: tf.Tensor, name: string): Promise<void> {
  expect(actual.shape, name).toEqual(expected.shape);
  const differences = await tf.abs(tf.sub(actual, expected)).data();
  expect(Math.max(0, ...differences), name).toBeLessThanOrEqual(isComputed(name) ? 1e-5 : 0);
}
