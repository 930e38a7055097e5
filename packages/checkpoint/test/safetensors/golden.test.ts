/** @file Files of the safetensors library: read, and written again to the same bytes. */
import { readSafetensors, saveSafetensors, writeSafetensors } from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-safetensors-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(["flax_mlp", "flax_mlp_half", "torch_layout_mlp"])("%s", async (name) => {
  const url = new URL(`../golden/${name}.safetensors`, import.meta.url);
  const before = tf.memory().numTensors;
  const file = await readSafetensors(url);
  const tensors: Record<string, tf.Tensor> = {};
  for (const name of file.names) tensors[name] = await file.tensor(name);
  expect(tf.memory().numTensors - before).toBe(file.names.length);

  const options = {
    dtype: (name: string) => file.info(name).dtype,
    ...(Object.keys(file.metadata).length > 0 && { metadata: file.metadata }),
  };
  const expected = new Uint8Array(await readFile(url));
  expect(await writeSafetensors(tensors, options)).toEqual(expected);

  const path = join(folder, `${name}.safetensors`);
  await saveSafetensors(tensors, path, options);
  expect(new Uint8Array(await readFile(path))).toEqual(expected);
  await file.close();
  tf.dispose(tensors);
  expect(tf.memory().numTensors).toBe(before);
});

test("nothing but the file is left in the folder", async () => {
  await saveSafetensors({}, join(folder, "empty.safetensors"));
  expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
